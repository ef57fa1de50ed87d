"""Writing: to standard output, whoever stops reading it, and to files, never half."""

import logging
import os
import sys
from pathlib import Path

# What a stream that is not Unicode shows instead of a question mark.
_PLAIN = str.maketrans("“”‘’–—−─…", "\"\"''----.")

_log = logging.getLogger(__name__)


def write_out(text: str) -> None:
    """Write to standard output; a reader that has seen enough (`| head`) is no error.

    Raises:
        OSError: It cannot be written, on a full disk for example.
    """
    if not (sys.stdout.encoding or "").casefold().startswith("utf"):
        text = text.translate(_PLAIN)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, or the interpreter would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        error.filename = "standard output"
        raise


def write_file(path: Path, content: bytes) -> None:
    """Write a file aside and rename it, so that nobody ever sees half of it; a pipe or a device is written directly.

    Raises:
        OSError: It cannot be written; what was there before is still there.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    _log.info("wrote %s", path)
