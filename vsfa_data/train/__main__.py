"""`accelerate launch -m vsfa_data.train ...`: `vsfa-data train` on several devices."""

import sys

from vsfa_data.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "train")
    main()
