"""The run that `benchmarks.traces --million` watches: a process of its own, started with its arguments in place.

python -m benchmarks.traces_million DIRECTORY NUM SIZE WORKERS
"""

import sys
from pathlib import Path

from benchmarks.traces import Case, make


def main() -> None:
    """Make the data set."""
    out, num, size, workers = sys.argv[1:]
    make(Case("maze", int(size), int(num)), Path(out), int(workers))


if __name__ == "__main__":
    main()
