"""Scores of folders outside of any build: `vsfa-data score` and `vsfa-data calibrate`."""
