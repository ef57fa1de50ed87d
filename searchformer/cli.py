"""The command `searchformer`: which commands there are. A command's module is imported when it is called, not before.

A command's module offers `add_options(parser)` and `run(options) -> int`, and keeps torch out of its own imports, so
that its help is there at once; or, where its options are more than argparse knows, `main(arguments) -> int` alone.
"""

import argparse
import importlib
import logging
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import ModuleType
from typing import Final, NoReturn

DESCRIPTION = "A transformer that learns to search: train it, measure it, let it solve."
EPILOG = "`searchformer COMMAND --help` explains a command with examples."

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
"""Exit codes: what was asked for was tried and is not there (FAILED); it could not be tried (USAGE)."""

_log = logging.getLogger(__name__)


class UsageError(Exception):
    """The command line makes no sense: which program says so, and what to do."""

    def __init__(self, program: str, sentence: str) -> None:
        super().__init__(sentence)
        self.program = program


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and are raised."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(self.prog, message)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the module that runs it, and what it does, for the list of commands."""

    module: str
    summary: str


COMMANDS: Final = {
    "train": Command("searchformer.train_command", "learn from a data set of searches"),
    "evaluate": Command("searchformer.evaluate_command", "measure a checkpoint on problems that it has not seen"),
    "improve": Command("searchformer.improve_command", "have a checkpoint learn from its own shortest right answers"),
    "solve": Command("searchformer.solve_command", "solve a problem with a checkpoint, and draw how it thinks"),
}
_THERE_ARE = "there are: " + ", ".join(COMMANDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; whatever a user can get wrong becomes one line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    program = "searchformer"
    try:
        name, rest = _command(given)
        program = f"searchformer {name}"
        return _run(name, rest)
    except UsageError as error:
        program, sentence = error.program, str(error)
    except (ValueError, OSError) as error:
        _log.debug("the error in full", exc_info=True)
        sentence = " ".join(str(error).split())
    except KeyboardInterrupt:
        sys.stderr.write(f"{program}: interrupted\n")
        return INTERRUPTED
    sys.stderr.write(f"{program}: error: {sentence}\n")
    return USAGE


def set_log_level(verbose: int) -> None:
    """Show warnings, with 1 what happens, with 2 everything."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="searchformer: %(message)s", force=True)


def _command(given: list[str]) -> tuple[str, list[str]]:
    """Return the name of the command and what follows it; show the help or the version if that is asked for."""
    if given and given[0] in COMMANDS:
        return given[0], given[1:]
    if given and not given[0].startswith("-"):
        close = get_close_matches(given[0], COMMANDS, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else _THERE_ARE.capitalize()
        raise UsageError("searchformer", f"unknown command {given[0]!r}. {hint}")
    parser = Parser(prog="searchformer", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False)
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary)
    if parser.parse_args(given).version:
        from importlib.metadata import version  # noqa: PLC0415  (20 ms that no other command needs)

        sys.stdout.write(f"searchformer {version('twofold')}\n")
        raise SystemExit(DONE)
    raise UsageError("searchformer", f"a command is missing; {_THERE_ARE}. Try `searchformer train --help`")


def _run(name: str, rest: list[str]) -> int:
    module = _module(name)
    if hasattr(module, "main"):
        return int(module.main(rest))
    parser = Parser(
        prog=f"searchformer {name}",
        description=getattr(module, "DESCRIPTION", COMMANDS[name].summary),
        epilog=getattr(module, "EPILOG", None),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_options(parser)
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say what happens; twice: everything")
    options, left = parser.parse_known_args(rest)
    if left:
        raise UsageError(parser.prog, _left_over(left, parser))
    set_log_level(options.verbose)
    return int(module.run(options))


def _module(name: str) -> ModuleType:
    path = COMMANDS[name].module
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
        raise UsageError("searchformer", f"this installation has no `{name}`: the module {path} is missing") from None


def _left_over(rest: Sequence[str], parser: argparse.ArgumentParser) -> str:
    option = next((word for word in rest if word.startswith("-")), None)
    if option is None:
        return f"there is no place for {rest[0]!r}"
    known = sorted(set(re.findall(r"--[a-z][a-z-]+", parser.format_help())))
    close = get_close_matches(option.partition("=")[0], known, n=1)
    return f"unknown option {option!r}." + (f" Did you mean {close[0]!r}?" if close else "")
