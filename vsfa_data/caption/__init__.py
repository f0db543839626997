"""What is in the images."""
