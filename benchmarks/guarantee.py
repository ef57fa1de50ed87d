"""Guaranteed planning: are plans optimal and verified whatever the network is, and what does a good one save?

    python -m benchmarks.guarantee [--problems N] [--domain maze|sokoban] [--checkpoint DIR] [--sokoban-checkpoint DIR]
        [--smoke] [--report FILE.json]

N mazes of the paper's kind (10,000), and a tenth as many Sokoban levels, are planned for with the guarantee "optimal",
by a trained network (if there is one), an untrained one, and one that lies (`benchmarks.lies`): it knows the best plan,
and writes one that leaps, goes through walls, has no end, or holds and is a detour. Costs are compared with those of
the plain search in Python, which shares neither kernels nor bounds with what is measured; plans are replayed again.
"Plain A*" is the search that would have been run without a network. Times are CPU seconds of one thread.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks import timing
from benchmarks.lies import Liar
from benchmarks.timing import Bar
from benchmarks.training import one_thread
from data.tokens import TokenFormat
from planning.domain import Domain
from planning.domains import DOMAINS
from searchformer import planner
from searchformer.checkpoint import DEFAULT, Checkpoint, load
from searchformer.guarantee import NETWORK, Planned, plan_all
from searchformer.transformer import Transformer, TransformerConfig
from solvers.result import Status
from solvers.verifier import verify

NUM_PROBLEMS, SHARE_OF_LEVELS = 10_000, 10
SIZES = {"maze": 6, "sokoban": 7}
SMOKE_SIZES = {"maze": 4, "sokoban": 6}
TRAINED, UNTRAINED, LYING = "trained", "untrained", "lying"
UNTRAINED_TOKENS = 64
SEED = 2**63 + 1
_DRAWS = 16


@dataclass(frozen=True, slots=True)
class Row:
    """One network on the problems of one domain; shares are of all problems, expansions and tokens sums over them."""

    domain: str
    network: str
    problems: int
    optimal_and_verified: float
    proposed: float
    found_by_network: float
    expansions: float
    plain_expansions: float
    tokens: float
    seconds: float
    plain_seconds: float

    @property
    def saved(self) -> float:
        """Return the share of plain A*'s expansions that were not needed."""
        return 1 - self.expansions / self.plain_expansions


@dataclass(frozen=True, slots=True)
class Task:
    """Problems of one domain, their least costs, and what A* takes to find and to prove them."""

    domain: Domain[Any, Any]
    problems: Sequence[Any]
    costs: Sequence[int]
    expansions: float
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Plan, print a table and bars; return 1 where a bar is missed (a smoke judges none)."""
    parser = timing.argument_parser("guarantee", __doc__)
    parser.add_argument("--problems", type=_count, default=NUM_PROBLEMS, metavar="N", help="mazes (default: 10,000)")
    parser.add_argument("--domain", choices=SIZES, help="this one alone (default: both)")
    parser.add_argument("--checkpoint", metavar="DIR", help="a network for mazes (default: the one of this package)")
    parser.add_argument("--sokoban-checkpoint", metavar="DIR", help="a network for Sokoban (default: none)")
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report)
    try:
        trained = {"maze": _trained(options.checkpoint), "sokoban": _named(options.sokoban_checkpoint, "sokoban")}
    except (ValueError, OSError) as error:
        parser.error(str(error))
    sizes, num = (SMOKE_SIZES, 20) if options.smoke else (SIZES, options.problems)
    with one_thread():
        rows = [
            row
            for name, count in (("maze", num), ("sokoban", max(1, num // SHARE_OF_LEVELS)))
            if options.domain in {None, name}
            for row in measure(DOMAINS[name], sizes[name], count, trained[name])
        ]
    print(table(rows), end="\n\n")
    bars = judge(rows)
    timing.write_report(
        options.report, {"environment": timing.environment(["torch"]), "rows": [asdict(row) for row in rows]}, bars
    )
    return timing.conclude(bars, judged=not options.smoke)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 10**6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of problems: from 1 to 1,000,000")
    return int(text)


def _trained(directory: str | None) -> Checkpoint | None:
    """Return the checkpoint that is named; else the default one, if there is one."""
    if directory is not None:
        return _named(directory, "maze")
    try:
        return load(DEFAULT)
    except ValueError as error:
        print(f"no trained network for mazes: {error}", file=sys.stderr)
        return None


def _named(directory: str | None, domain: str) -> Checkpoint | None:
    if directory is None:
        return None
    checkpoint = load(Path(directory))
    found = checkpoint.token_format.domain.name
    if found != domain:
        raise ValueError(f"{directory} is a network for {found}, not for {domain}")
    return checkpoint


def measure(domain: Domain[Any, Any], size: int, count: int, trained: Checkpoint | None) -> list[Row]:
    """Return a row for each network; the size of problems is that of the trained one, if there is one."""
    token_format = trained.token_format if trained else TokenFormat(domain, "compact", size, size, 200)
    print(f"{domain.name}, {token_format.width} × {token_format.height}, {count:,} problems", file=sys.stderr)
    task = task_of(domain, token_format.width, count)
    rows = [] if trained is None else [row_of(task, TRAINED, trained, None)]
    untrained = _untrained(token_format)
    rows.append(row_of(task, UNTRAINED, untrained, UNTRAINED_TOKENS))
    with patch.object(planner, "generate", Liar(token_format)):
        rows.append(row_of(task, LYING, untrained, None))
    return rows


def _untrained(token_format: TokenFormat) -> Checkpoint:
    """Return a network that knows nothing, small enough to say so soon."""
    shape = TransformerConfig(len(token_format.words), 32, 1, 1, num_heads=2, max_positions=1024)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Transformer(shape)
    return Checkpoint(network.eval(), token_format, {})


def task_of(domain: Domain[Any, Any], size: int, count: int) -> Task:
    """Return solvable problems with their least costs by the plain search, and what `Domain.solve` takes for them."""
    problems = list(_problems(domain, size, count))
    costs = []
    for problem in problems:
        result = Domain.search(domain, problem, record=False).result
        assert result.cost is not None
        costs.append(result.cost)
    domain.solve(problems[0])  # compiles
    started = time.process_time()
    expansions = sum(domain.solve(problem).stats["expansions"] for problem in problems)
    return Task(domain, problems, costs, expansions, time.process_time() - started)


def _problems(domain: Domain[Any, Any], size: int, count: int) -> Iterator[Any]:
    sampling = domain.sampling(size, options={"tries": 10} if "tries" in domain.options else None)
    left = count
    draw = 0
    while left:
        traces = domain.draw_traces(sampling, range(draw, draw + _DRAWS), seed=SEED)
        draw += _DRAWS
        for i in range(min(left, len(traces))):
            codes = traces.codes[traces.code_offsets[i] : traces.code_offsets[i + 1]]
            yield domain.problem(codes.tolist())
        left -= min(left, len(traces))


def row_of(task: Task, name: str, checkpoint: Checkpoint, max_tokens: int | None) -> Row:
    """Plan for all problems, and hold every plan against the verifier and the least cost."""
    plan_all(task.problems[:2], checkpoint, max_tokens=1)  # compiles
    started = time.process_time()
    planned = plan_all(task.problems, checkpoint, max_tokens=max_tokens)
    seconds = time.process_time() - started
    num = len(planned)
    good = sum(is_right(*each) for each in zip(task.problems, planned, task.costs, strict=True))
    stats = [each.result.stats for each in planned]
    return Row(
        domain=task.domain.name,
        network=name,
        problems=num,
        optimal_and_verified=good / num,
        proposed=sum("proposed" in each for each in stats) / num,
        found_by_network=sum(each.result.solver == NETWORK for each in planned) / num,
        expansions=sum(each["expansions"] for each in stats),
        plain_expansions=task.expansions,
        tokens=sum(each["tokens"] for each in stats),
        seconds=seconds,
        plain_seconds=task.seconds,
    )


def is_right(problem: Any, planned: Planned, cost: int) -> bool:
    """Tell whether a plan is said to be optimal, is of least cost, and is one."""
    result = planned.result
    if result.status is not Status.OPTIMAL or result.solution is None or result.cost != cost:
        return False
    verdict = verify(problem, result.solution.actions)
    return verdict.valid and verdict.cost == cost


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    head = (
        "domain",
        "network",
        "problems",
        "optimal and verified",
        "its plan holds",
        "its plan is the answer",
        "expansions",
        "plain A*",
        "saved",
        "tokens",
        "CPU s",
        "plain A*, CPU s",
    )
    cells = [
        (
            row.domain,
            row.network,
            row.problems,
            f"{row.optimal_and_verified:.2%}",
            f"{row.proposed:.1%}",
            f"{row.found_by_network:.1%}",
            int(row.expansions),
            int(row.plain_expansions),
            f"{row.saved:.1%}",
            int(row.tokens),
            row.seconds,
            row.plain_seconds,
        )
        for row in rows
    ]
    return timing.markdown(head, cells)


def judge(rows: Sequence[Row]) -> list[Bar]:
    """Return the bars: all is optimal and verified, and with no network a search expands more than it would alone."""
    bars = []
    for row in rows:
        name = f"{row.domain}, {row.network} network"
        bars.append(Bar(f"{name}: optimal and verified", 100 * row.optimal_and_verified, 100.0, "%"))
        bars.append(Bar(f"{name}: expansions", row.expansions / row.plain_expansions, 1.0, "of plain A*'s", True))
    return bars


if __name__ == "__main__":
    raise SystemExit(main())
