"""Formats that a release can be exported to: one file each, its name is the format's name."""
