"""Neutral questions and checked answers."""
