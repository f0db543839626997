"""The embedded vision-language model: assembled from packages, with a projector of our own."""
