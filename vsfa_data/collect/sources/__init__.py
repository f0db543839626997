"""Image sources, one file each."""
