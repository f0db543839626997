"""The program `vsfa-data`, which is also `python -m vsfa_data`."""

from vsfa_data import cli, ending


def main() -> None:
    """Run it, and end the process."""
    ending.run(cli.main)


if __name__ == "__main__":
    main()
