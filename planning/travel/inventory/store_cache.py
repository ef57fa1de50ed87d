"""Where built inventories are kept between runs, and building each of them once."""

import atexit
import logging
import os
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from planning.travel.inventory.store import DamagedStoreError, SqliteInventory

_logger = logging.getLogger(__name__)
_STALE_S = 24 * 3600


def default_cache_dir() -> Path:
    """Return $TWOFOLD_CACHE_DIR, else $XDG_CACHE_HOME/twofold, else ~/.cache/twofold."""
    named = os.environ.get("TWOFOLD_CACHE_DIR")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "twofold"


def open_cached(
    name: str, build: Callable[[Path], None], cache_dir: Path | None = None, *, supersedes: str = ""
) -> SqliteInventory:
    """Open the store called `name`, building it first where it is absent or damaged.

    Processes may do so at once: each builds aside, and the last one to finish replaces equal bytes.

    Args:
        name: the file's name; it must identify the content.
        build: writes a whole store at the path it is given, as `write_store` does.
        cache_dir: `default_cache_dir()` where None; a temporary directory where it cannot be written.
        supersedes: a glob of files that are not needed any more once this one is built, removed when a day old.
    """
    directory = cache_dir or default_cache_dir()
    try:
        return SqliteInventory(directory / name)
    except DamagedStoreError as error:
        _logger.warning("building the inventory again: %s", error)
    except OSError:
        pass  # absent, or in a place that cannot be read: build it
    directory = _writable(directory)
    build(directory / name)
    _sweep(directory, keep=name, patterns=(f".{name}.*.tmp", supersedes))
    return SqliteInventory(directory / name)


def _writable(directory: Path) -> Path:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        fallback = _temporary_dir()
        _logger.warning("cannot write to %s (%s): the inventory is kept in %s", directory, error.strerror, fallback)
        return fallback


@cache
def _temporary_dir() -> Path:
    made = tempfile.TemporaryDirectory(prefix="twofold-", ignore_cleanup_errors=True)
    atexit.register(made.cleanup)
    return Path(made.name)


def _sweep(directory: Path, *, keep: str, patterns: tuple[str, ...]) -> None:
    """Remove what killed builds and changed tables left behind; a young file may still be in use elsewhere."""
    for pattern in filter(None, patterns):
        for path in directory.glob(pattern):
            try:
                if path.name != keep and time.time() - path.stat().st_mtime > _STALE_S:
                    path.unlink()
            except OSError:
                continue  # another process removed it first
