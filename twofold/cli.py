"""The command line: which commands there are. Nothing heavy is imported before a command runs."""

import argparse
import json
import logging
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from types import ModuleType
from typing import Any, NoReturn

from twofold import exits, replan_options, solve_options, traces_options, travellers_options, trip_options

DESCRIPTION = "Plans that are proven right."
EPILOG = "`twofold COMMAND --help` explains a command with examples."


class UsageError(Exception):
    """The command line makes no sense: which program says so, and what to do."""

    def __init__(self, program: str, sentence: str) -> None:
        super().__init__(sentence)
        self.program = program


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and are raised, so that a program can get them as JSON."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(self.prog, message)


class ShowVersion(argparse.Action):
    """Print the version; looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """Print the version and leave."""
        from importlib.metadata import version  # noqa: PLC0415  (20 ms that no other command needs)

        sys.stdout.write(f"twofold {version('twofold')}\n")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    try:
        options = _parse(given)
        logging.basicConfig(
            level=(logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)],
            format="twofold: %(message)s",
        )
        return _COMMANDS[options.command].run(options)
    except UsageError as error:
        return _refuse(given, error)
    except KeyboardInterrupt:
        sys.stderr.write("twofold: interrupted\n")
        return exits.INTERRUPTED


def _parse(given: list[str]) -> argparse.Namespace:
    parser = Parser(
        prog="twofold", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False, formatter_class=_Formatter
    )
    parser.add_argument("--version", nargs=0, action=ShowVersion, help="print the version and leave")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    for name, command in _COMMANDS.items():
        chosen = commands.add_parser(
            name,
            help=command.options.SUMMARY,
            description=command.options.DESCRIPTION,
            epilog=command.options.EPILOG,
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        chosen.set_defaults(parser=chosen)
        command.options.add_options(chosen)
    first = next((word for word in given if not word.startswith("-")), None)
    if first is None and not set(given) & {"-h", "--help", "--version"}:
        raise UsageError("twofold", f"a command is missing; {_THERE_ARE}. Try `twofold trip --help`")
    if first is not None and first not in _COMMANDS and given[0] == first:
        raise UsageError("twofold", _unknown_command(first))
    try:
        routed = traces_options.routed(given)
    except ValueError as error:
        raise UsageError("twofold traces", str(error)) from None
    options, rest = parser.parse_known_args(routed)
    if rest:
        raise UsageError(options.parser.prog, _left_over(rest, options))
    return options


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def _unknown_command(word: str) -> str:
    if " " in word:
        return "a text is planned by `twofold trip 'TEXT'`"
    close = get_close_matches(word, _COMMANDS, n=1)
    return f"unknown command {word!r}. " + (f"Did you mean {close[0]!r}?" if close else _THERE_ARE.capitalize())


def _left_over(rest: Sequence[str], options: argparse.Namespace) -> str:
    option = next((word for word in rest if word.startswith("-")), None)
    if option is None and options.command == "trip":
        return f"the text has to be one argument: put it in single quotes ({rest[0]!r} is outside)"
    if option is None:
        return f"there is no place for {rest[0]!r}"
    known = sorted(set(re.findall(r"--[a-z][a-z-]+", options.parser.format_help())))
    close = get_close_matches(option.partition("=")[0], known, n=1)
    return f"unknown option {option!r}." + (f" Did you mean {close[0]!r}?" if close else "")


def _refuse(given: Sequence[str], error: UsageError) -> int:
    sys.stderr.write(f"{error.program}: error: {error}\n")
    if "--json" in given or "--trace=json" in given or ("--trace", "json") in pairwise(given):
        command = _COMMANDS.get(given[0], _COMMANDS["trip"])
        sys.stdout.write(json.dumps(command.failure(str(error)), indent=2) + "\n")
    return exits.USAGE


def _prepare_streams() -> None:
    """Let no odd letter in an answer end the program: a stream that cannot show it shows a question mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def _interrupted_afterwards() -> Iterator[None]:
    """Put Ctrl-C off until the end of a block: extension modules answer it with anything but KeyboardInterrupt."""
    usual = signal.default_int_handler
    if signal.getsignal(signal.SIGINT) is not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: caught.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if caught:
        raise KeyboardInterrupt


def _trip(options: argparse.Namespace) -> int:
    with _interrupted_afterwards():
        from twofold.trip import run  # noqa: PLC0415  (a second of imports)

    return run(options)


def _replan(options: argparse.Namespace) -> int:
    with _interrupted_afterwards():
        from twofold.replan import run  # noqa: PLC0415  (a second of imports)

    return run(options)


def _solve(options: argparse.Namespace) -> int:
    with _interrupted_afterwards():
        from twofold.solve import run  # noqa: PLC0415  (numba: half a second)

    return run(options)


def _traces(options: argparse.Namespace) -> int:
    with _interrupted_afterwards():
        from twofold.traces import run  # noqa: PLC0415  (numba and pyarrow: half a second)

    return run(options)


def _trip_failure(sentence: str) -> dict[str, Any]:
    from twofold.trip_json import failure  # noqa: PLC0415  (only programs need it)

    return failure("ERROR", sentence)


def _solve_failure(sentence: str) -> dict[str, Any]:
    from twofold.solve_json import failure  # noqa: PLC0415  (only programs need it)

    return failure("ERROR", sentence)


def _traces_failure(sentence: str) -> dict[str, Any]:
    from twofold.traces_json import failure  # noqa: PLC0415  (only programs need it)

    return failure("ERROR", sentence)


def _travellers(options: argparse.Namespace) -> int:
    with _interrupted_afterwards():
        from twofold.travellers import run  # noqa: PLC0415  (a second of imports)

    return run(options)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its options and help, what runs it, and the JSON object that says that its command line is wrong."""

    options: ModuleType
    run: Callable[[argparse.Namespace], int]
    failure: Callable[[str], dict[str, Any]]


_COMMANDS = {
    "trip": Command(trip_options, _trip, _trip_failure),
    "solve": Command(solve_options, _solve, _solve_failure),
    "traces": Command(traces_options, _traces, _traces_failure),
    "travellers": Command(travellers_options, _travellers, _traces_failure),
    "replan": Command(replan_options, _replan, _trip_failure),
}
_THERE_ARE = "there are: " + ", ".join(_COMMANDS)
