"""Build and verify datasets for Visual Self-Fulfilling Alignment (arXiv:2603.08486)."""

__version__ = "0.1.0"
