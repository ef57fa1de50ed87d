"""`python -m searchformer`."""

import sys

from searchformer.cli import main

if __name__ == "__main__":
    sys.exit(main())
