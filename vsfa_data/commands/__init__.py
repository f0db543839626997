"""Commands, one file each: `cli.py` hooks them in. A file holds its function and EXAMPLES."""
