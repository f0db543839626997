"""Releases on the Hub: pushing one so that `main` and tags are only ever whole, reading them back.

All calls go through the official client; `session.py` is where it is set up.
"""
