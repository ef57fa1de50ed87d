"""How a command says what went wrong, and how it writes what it found for programs."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twofold.writing import write_file


def json_text(content: Any, indent: int | None = 2) -> str:
    """Return JSON that standard output can show."""
    is_unicode = (sys.stdout.encoding or "").casefold().startswith("utf")
    return json.dumps(content, indent=indent, ensure_ascii=not is_unicode, default=str) + "\n"


def sentence(error: BaseException) -> str:
    """Return an error as one line."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def complain(program: str, text: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(f"{program}: error: {text}\n")


def tried(what: str, write: Callable[[], None]) -> list[str]:
    """Write, and return a sentence if that fails, so that one thing that cannot be written takes nothing with it."""
    try:
        write()
    except OSError as error:
        return [f"{what} was not written: {error.strerror or error}"]
    return []


def written(option: str, path: Path | None, content: Callable[[], bytes]) -> list[str]:
    """Write a file that an option asks for; return a sentence if that fails."""
    return [] if path is None else tried(f"{option} {path}", lambda: write_file(path, content()))
