"""`python -m vsfa_data` is the same program as `vsfa-data`."""

from vsfa_data.cli import main

if __name__ == "__main__":
    main()
