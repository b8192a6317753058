"""`python -m bot …`: the command line enters, an exit status leaves."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main())
