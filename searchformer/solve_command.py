"""`searchformer solve`: file → problems → network → strict replay → what a terminal, a program or a picture gets."""

import json
import math
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from searchformer import modes
from searchformer.cli import DONE, FAILED, USAGE

if TYPE_CHECKING:
    from planning.domain import Domain
    from searchformer.answer_words import Answered
    from searchformer.checkpoint import Checkpoint

INFEASIBLE: Final = 3
"""The domain's own estimate proves that there is no plan; with `searchformer.cli`'s, the exit codes of this command."""
SCHEMA_VERSION: Final = 1
_LARGE = 30_000_000

DESCRIPTION = """\
Solve the problems in a file with a trained network: print its plan, what it costs, and how it was thought of. Every
plan is replayed step by step before it is shown; one that breaks a rule is not shown, but why it does is. The network
proves nothing: that a plan is OPTIMAL is said only where it costs no more than the domain's lower estimate.
"""
EPILOG = """\
files: as for `twofold solve`: mazes (# wall, . free, S start, G goal), Sokoban levels, sliding tiles, MovingAI
scenarios; of the domain and the size that the checkpoint was trained for.

modes: a network that was trained with dropping (Dualformer) knows all three. One that has only ever seen whole searches
can be asked for the plan at once, too, but has never learned to; one that has seen plans alone cannot think.

examples:
  searchformer solve maze.txt
  searchformer solve maze.txt --mode fast
  searchformer solve maze.txt --samples 16 --temperature 1 --seed 7
  searchformer solve maze.txt --show-thinking --png thinking.png --gif thinking.gif
  searchformer solve levels.xsb --index 3 --checkpoint runs/sokoban/best --json | jq '.answers[0].reason'

exit codes:
  0    every problem has a plan that was verified, and every file asked for was written
  1    a problem has none: the network wrote no plan that holds
  2    bad usage or input, or a file could not be written
  3    it is proven that a problem has no plan (and all others have one)
  130  interrupted
"""


def add_options(parser: ArgumentParser) -> None:
    """Add the options of `searchformer solve` to a parser."""
    what = parser.add_argument_group("what is solved")
    what.add_argument("file", metavar="FILE", help="the problems; - reads standard input")
    what.add_argument("--index", type=_count(0), metavar="I", help="only this problem of a collection (from 0)")
    how = parser.add_argument_group("how it is solved")
    how.add_argument(
        "--checkpoint", default="default", metavar="default|DIR", help="the network (default: the one of this package)"
    )
    how.add_argument(
        "--mode",
        choices=tuple(modes.MODES),
        help=f"{modes.IN_WORDS} (default: slow, or fast for a network that cannot think)",
    )
    how.add_argument(
        "--samples", type=_count(1), default=1, metavar="K", help="answers to each problem: the best counts"
    )
    how.add_argument(
        "--temperature",
        type=_temperature,
        metavar="T",
        help="of the chance; 0 is greedy (default: 0, or 1 for several)",
    )
    how.add_argument("--seed", type=_count(0), default=0, metavar="N", help="of the chance (default: 0)")
    output = parser.add_argument_group("what comes out")
    output.add_argument("--json", action="store_true", help="one JSON object on standard output, for programs")
    output.add_argument(
        "--show-thinking", action="store_true", help="every clause that the network wrote before its plan"
    )
    output.add_argument(
        "--png", type=Path, metavar="FILE", help="draw the problem, the network's thinking and the plan"
    )
    output.add_argument("--gif", type=Path, metavar="FILE", help="the same as an animation")


def run(options: Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ValueError: Whatever a user can get wrong; for `--json`, an object that says so is written first.
        OSError: A file cannot be read.
    """
    try:
        if (options.png or options.gif) and find_spec("matplotlib") is None:
            raise ValueError('pictures need matplotlib, run `pip install "twofold[plots]"`')
        return _run(options)
    except (ValueError, OSError) as error:
        if options.json:
            with suppress(OSError):
                _write(_json(_head(options, status="ERROR", problems=[" ".join(str(error).split())])))
        raise


def _run(options: Namespace) -> int:
    from searchformer.answer_words import answer_words  # noqa: PLC0415  (torch: two seconds)
    from searchformer.checkpoint import load  # noqa: PLC0415

    checkpoint = load(options.checkpoint)
    domain, problems = _problems(options, checkpoint.token_format.domain)
    if len(problems) > 1 and (options.png or options.gif):
        raise ValueError(
            f"{options.file} holds {len(problems):,} problems, and a picture shows one: choose it by --index"
        )
    answered = _answered(options, checkpoint, problems)
    failures = [failure for each in answered for failure in _pictures(options, checkpoint, each)]
    statuses = [each.answer.result.status.value for each in answered]
    if options.json:
        _write(_json(_object(options, domain.name, answered, _worst(statuses), failures)))
    else:
        _write("".join(answer_words(domain, each, options.show_thinking) for each in answered))
        _write(_summary(statuses) if len(statuses) > 1 else "")
    for failure in failures:
        sys.stderr.write(f"searchformer solve: error: {failure}\n")
    return USAGE if failures else _CODES.get(_worst(statuses), DONE)


_CODES: Final = {"UNKNOWN": FAILED, "INFEASIBLE": INFEASIBLE}


def _worst(statuses: Sequence[str]) -> str:
    return next(status for status in ("UNKNOWN", "INFEASIBLE", "FEASIBLE", "OPTIMAL") if status in statuses)


def _problems(options: Namespace, trained_on: "Domain[Any, Any]") -> "tuple[Domain[Any, Any], list[Any]]":
    """Read the file as what the checkpoint is for; where it looks like another domain's, say which."""
    from planning.reading import AUTO, MAX_BYTES, decoded, problems_in, read_problems  # noqa: PLC0415

    if options.file == "-":
        text = decoded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")

        def read(domain: str) -> "tuple[Domain[Any, Any], list[Any]]":
            return problems_in(text, "standard input", domain, options.index)

    else:

        def read(domain: str) -> "tuple[Domain[Any, Any], list[Any]]":
            return read_problems(Path(options.file), domain, options.index)

    found, _ = read(AUTO)
    if type(found) is not type(trained_on):
        raise ValueError(
            f"{options.file} holds problems of {found.name}, and the checkpoint {options.checkpoint} is for "
            f"{trained_on.name}: give one for {found.name}, or search without a network by `twofold solve`"
        )
    return read(trained_on.name)


def _answered(options: Namespace, checkpoint: "Checkpoint", problems: Sequence[Any]) -> "list[Answered]":
    from searchformer.answer_words import Answered  # noqa: PLC0415
    from searchformer.choice import Choice  # noqa: PLC0415
    from searchformer.planner import answer_all  # noqa: PLC0415
    from searchformer.thinking import thinking_in  # noqa: PLC0415

    mode = options.mode or modes.usual(checkpoint.facts)
    temperature = float(options.samples > 1) if options.temperature is None else options.temperature
    choice = Choice(temperature)
    answers = answer_all(problems, checkpoint, mode=mode, num_samples=options.samples, choice=choice, seed=options.seed)
    answered = []
    for index, (problem, answer) in enumerate(zip(problems, answers, strict=True), options.index or 0):
        words = answer.chosen.words if answer.chosen else ()
        thinking = thinking_in(checkpoint.token_format, problem, words)
        answered.append(Answered(index, problem, answer, thinking, mode, temperature))
    return answered


def _pictures(options: Namespace, checkpoint: "Checkpoint", answered: "Answered") -> list[str]:
    """Write the pictures that are asked for; return sentences about what could not be written."""
    if not (options.png or options.gif):
        return []
    from data.manifest import write_whole  # noqa: PLC0415
    from planning.picture import animate, draw  # noqa: PLC0415  (matplotlib: 300 ms)
    from searchformer.thinking import as_traces  # noqa: PLC0415

    token_format, result = checkpoint.token_format, answered.answer.result
    traces = as_traces(token_format, answered.problem, answered.thinking, result)
    status = f"{result.status.value if result.solution else 'no verified plan'} · network, {answered.mode}"
    failures = []
    for option, file, make in (("--png", options.png, draw), ("--gif", options.gif, animate)):
        if file is None:
            continue
        try:
            write_whole(file, make(token_format.domain, traces, status))
        except OSError as error:
            failures.append(f"{option} {file} was not written: {error.strerror or error}")
    return failures


def _head(options: Namespace, **known: Any) -> dict[str, Any]:
    """Return the object with every key that it ever has."""
    return {
        "schema_version": SCHEMA_VERSION,
        "status": None,
        "file": options.file,
        "domain": None,
        "checkpoint": options.checkpoint,
        "mode": options.mode,
        "num_samples": options.samples,
        "temperature": options.temperature,
        "seed": options.seed,
        "answers": [],
        "problems": [],
    } | known


def _object(
    options: Namespace, domain: str, answered: "Sequence[Answered]", status: str, failures: list[str]
) -> dict[str, Any]:
    from searchformer.answer_words import answer_object  # noqa: PLC0415

    return _head(
        options,
        status=status,
        domain=domain,
        mode=answered[0].mode,
        temperature=answered[0].temperature,
        answers=[answer_object(each, options.show_thinking) for each in answered],
        problems=failures,
    )


def _summary(statuses: Sequence[str]) -> str:
    counts = ((statuses.count(status), status) for status in ("OPTIMAL", "FEASIBLE", "INFEASIBLE", "UNKNOWN"))
    return f"{len(statuses)} problems: {', '.join(f'{count} {status}' for count, status in counts if count)}\n"


def _json(content: dict[str, Any]) -> str:
    is_unicode = (sys.stdout.encoding or "").casefold().startswith("utf")
    return json.dumps(content, indent=2, ensure_ascii=not is_unicode) + "\n"


def _write(text: str) -> None:
    """Write to standard output; a reader that has seen enough (`| head`) is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, or the interpreter would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _count(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` on, below 2^64."""

    def read(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= 20
        if not is_number or not least <= int(text) < 2**64:
            raise ArgumentTypeError(f"{text!r} is not possible: give a whole number, {least} or more")
        return int(text)

    return read


def _temperature(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1000:
        raise ArgumentTypeError(f"{text!r} is no temperature: give a number from 0 (greedy) on, such as 1")
    return number
