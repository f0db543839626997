"""Measurements beside the limits they are held against; run with `python -m benchmarks`."""
