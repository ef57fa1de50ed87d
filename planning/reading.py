"""Reading a file of problems, whatever domain it is of."""

import codecs
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from planning.domain import Domain
from planning.domains import DOMAINS
from planning.maze.movingai import read_scenarios
from planning.maze.problem import Maze
from solvers import registry

MAX_BYTES = 64 * 2**20
AUTO = "auto"

_EXPECTED = {
    "maze": "a maze (# wall, . free, S start, G goal)",
    "sokoban": "a Sokoban level (# wall, @ worker, $ box, . dock)",
    "tiles": "sliding tiles (the numbers 0 to 8, row by row)",
}


def read_problems(
    path: Path, domain: str = AUTO, index: int | None = None, domains: Mapping[str, Domain[Any, Any]] = DOMAINS
) -> tuple[Domain[Any, Any], list[Any]]:
    """Return the problems of a file and their domain: all of them, or only the one at `index` (from 0).

    The domain "auto" is the first that recognises the text. A file of MovingAI scenarios (.scen) belongs to "octile",
    or to "maze" for four neighbours; its maps lie beside it.

    Raises:
        ValueError: It cannot be understood; the message names the file and, where there is one, the line.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    text = decoded(content, str(path))
    if path.suffix.casefold() == ".scen":
        return _scenarios(path, domain, index, domains)
    return problems_in(text, str(path), domain, index, domains)


def problems_in(
    text: str,
    source: str,
    domain: str = AUTO,
    index: int | None = None,
    domains: Mapping[str, Domain[Any, Any]] = DOMAINS,
) -> tuple[Domain[Any, Any], list[Any]]:
    """Return the problems of a text and their domain, as `read_problems` does; `source` stands in error messages.

    Raises:
        ValueError: The text cannot be understood.
    """
    chosen = _named(domain, domains) or next((d for d in domains.values() if d.recognises(text)), None)
    if not text.strip():
        raise ValueError(f"{source} is empty: there is no problem in it")
    if chosen is None:
        expected = "; ".join(sentence for name, sentence in _EXPECTED.items() if name in domains)
        raise ValueError(
            f"{source} looks like no problem that is known. It can be {expected}. --domain NAME says which"
        )
    try:
        problems = chosen.read(text)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    if not problems:
        raise ValueError(f"{source}: there is no problem of the domain {chosen.name} in it")
    return chosen, problems if index is None else [problems[_checked(index, len(problems), source)]]


def decoded(content: bytes, source: str) -> str:
    """Return the text of a file.

    Raises:
        ValueError: There is too much of it, or it is no text.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(f"{source} is larger than {MAX_BYTES // 2**20} MiB: split the collection")
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{source}, byte {error.start}: this is no UTF-8 text") from None
    if "\0" in text:
        raise ValueError(f"{source}, byte {content.index(0)}: this is no text, but a binary file")
    return text


def _scenarios(
    path: Path, domain: str, index: int | None, domains: Mapping[str, Domain[Any, Any]]
) -> tuple[Domain[Any, Any], list[Maze]]:
    chosen = _named(domain, domains) or domains["octile"]
    if chosen.name not in ("maze", "octile"):
        raise ValueError(f"{path} holds scenarios for the domains octile and maze, not for {chosen.name}")
    scenarios = read_scenarios(path, None if index is None else [index])
    if not scenarios:
        raise ValueError(f"{path} holds no scenario")
    return chosen, [replace(scenario.maze, diagonal=chosen.name == "octile") for scenario in scenarios]


def _named(name: str, domains: Mapping[str, Domain[Any, Any]]) -> Domain[Any, Any] | None:
    if name != AUTO:
        registry.lookup("domain", name, {AUTO: None, **domains})
    return domains.get(name)


def _checked(index: int, count: int, source: str) -> int:
    if not 0 <= index < count:
        held = "one problem: index 0" if count == 1 else f"{count:,} problems: index 0 to {count - 1}"
        raise ValueError(f"{source} has no index {index}; it holds {held}")
    return index
