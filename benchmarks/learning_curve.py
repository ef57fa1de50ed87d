"""Learning curve: to write the search and then the plan, against the plan alone, on growing numbers of examples.

    python -m benchmarks.learning_curve [--sizes 500,2000,8000,32000] [--seeds 3] [--out DIR] [--plot FILE.png]
        [--budget-minutes M] [--side 5] [--network tiny] [--steps N] [--problems 500] [--device cpu] [--smoke]

Both modes have the same network with equally many trainable parameters, and learn from the same examples in the same
order in equally many steps; what differs is the trace in the target. A seed decides the examples, the first weights
and the order; of one seed, the larger sets hold the smaller ones. Every run is judged on the same fresh mazes, none of
whose walls is among those learned from: one greedy answer each, strictly.

Runs are written to DIR/runs.jsonl, a line each, and not done again: a killed benchmark goes on where it was. The first
seed's runs come first, so that there is a whole curve early. The default takes two to three hours on one core.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import count, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.lr_scheduler import LambdaLR

from benchmarks import curve_figures, timing
from benchmarks.curve_figures import MODES, Run
from benchmarks.training import Learning, new_network, one_thread
from data.splitting import fingerprints
from data.tokens import TokenFormat, Tokens
from planning.domains import DOMAINS
from planning.traces import Traces
from searchformer.batches import Batch, BatchStream, WholeTargets
from searchformer.cases import TEST_PERCENT, Case, fresh_cases
from searchformer.evaluation import EvaluationSettings, evaluate
from searchformer.optimizers import rate
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer
from solvers.chance import derive

SIZES, NUM_SEEDS = (500, 2000, 8000, 32_000), 3
OUT = Path("runs/learning_curve")
SMOKE_SIZES, SMOKE_SEEDS = (40, 120), 2
ANSWERS = {"trace": "slow", "plan": "fast"}
"""How a network is asked that has learned to write the trace, and one that has not."""
_TEST_SEED = 0x7E57
_DRAWS = 512
_LEAST_STEPS = 20
# What a budget of time leaves for judging and for drawing mazes.
_SHARE_OF_LEARNING = 0.85


@dataclass(frozen=True, slots=True)
class Experiment:
    """What all runs have in common.

    `tries` pairs of start and goal are tried on each set of walls: with one, an example more is a set of walls more
    (the paper tries 100).
    """

    side: int = 5
    network: str = "tiny"
    steps: int = 500
    examples_per_step: int = 96
    optimizer: str = "muon"
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    problems: int = 500
    tries: int = 1

    @property
    def token_format(self) -> TokenFormat:
        """Return the words: no cost exceeds the number of cells."""
        return TokenFormat(DOMAINS["maze"], "compact", self.side, self.side, self.side**2 - 1)

    @property
    def max_positions(self) -> int:
        """Return a context for all mazes: two events of four words and a step of two words for each cell, and more."""
        return 10 * self.side**2 + 2

    def settings(self, seed: int) -> TrainingConfig:
        """Return the settings of one run's training."""
        return TrainingConfig(
            size=self.network,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            warmup_steps=min(self.warmup_steps, self.steps // 4),
            max_steps=self.steps,
            seed=seed,
        )


SMOKE = Experiment(side=4, steps=4, examples_per_step=16, problems=8)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the runs that are not done yet; print the curve, and draw it."""
    parser = _parser()
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    with one_thread(), tempfile.TemporaryDirectory(prefix="twofold-curve-") as brief:
        try:
            experiment, runs = _measured(options, options.out or (Path(brief) if options.smoke else OUT))
        except ValueError as error:
            parser.error(str(error))
    print(f"\n{curve_figures.told(runs)}")
    if options.plot:
        curve_figures.draw(options.plot, runs, title(experiment, runs))
    figures = {"environment": timing.environment(["torch"]), "experiment": asdict(experiment)}
    timing.write_report(options.report, figures | curve_figures.as_json(runs), [])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = timing.argument_parser("learning_curve", __doc__)
    parser.add_argument("--sizes", type=_numbers, metavar="N,N", help=f"examples to learn from; {SIZES}")
    parser.add_argument("--seeds", type=int, metavar="N", help=f"runs of each kind; {NUM_SEEDS}")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"for the runs; {OUT}, or none for a smoke")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curve")
    parser.add_argument("--budget-minutes", type=float, metavar="M", help="take fewer steps, to be done in that time")
    parser.add_argument("--device", default="cpu", help="where to learn: cpu, cuda")
    for field in fields(Experiment):
        name, default = field.name.replace("_", "-"), field.default
        parser.add_argument(f"--{name}", type=type(default), metavar="N", help=f"unless given: {default}")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(sorted({int(number) for number in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 500,2000") from None
    if numbers[0] < 1:
        raise argparse.ArgumentTypeError(f"there is nothing to learn from {numbers[0]} examples")
    return numbers


def title(experiment: Experiment, runs: Sequence[Run]) -> str:
    """Return what a picture is of."""
    steps = f"{experiment.steps:,} steps of {experiment.examples_per_step} examples"
    trainable = f"{runs[0].trainable / 1e6:.2f} M parameters" if runs else ""
    return f"Mazes {experiment.side} × {experiment.side}, {trainable}, {steps}"


# All runs


def _measured(options: argparse.Namespace, out: Path) -> tuple[Experiment, list[Run]]:
    """Do what is not done yet; return the runs that are asked for."""
    sizes = options.sizes or (SMOKE_SIZES if options.smoke else SIZES)
    seeds = options.seeds or (SMOKE_SEEDS if options.smoke else NUM_SEEDS)
    device = torch.device(options.device)
    out.mkdir(parents=True, exist_ok=True)
    experiment = _experiment(options, out, len(sizes) * seeds, device)
    runs = read_runs(out)
    done = {(run.seed, run.num_examples, run.mode) for run in runs}
    wanted = [each for each in product(range(seeds), sizes, MODES) if each not in done]
    cases = cases_of(experiment) if wanted else []
    for place, (seed, num_examples, mode) in enumerate(wanted, 1):
        print(f"{place} of {len(wanted)}: {MODES[mode]}, {num_examples:,} examples, seed {seed}", flush=True)
        runs.append(do(experiment, mode, num_examples, seed, cases=cases, device=device))
        append(out, runs[-1])
        print(f"    {runs[-1]}", flush=True)
    return experiment, [run for run in runs if run.seed < seeds and run.num_examples in sizes]


def _experiment(options: argparse.Namespace, out: Path, num_pairs: int, device: torch.device) -> Experiment:
    """Return the experiment whose runs are in a directory, or begin one."""
    asked = {field.name: getattr(options, field.name) for field in fields(Experiment)}
    asked = {name: value for name, value in asked.items() if value is not None}
    known = known_experiment(out, asked)
    if known:
        return known
    made = replace(SMOKE if options.smoke else Experiment(), **asked)
    if options.budget_minutes:
        made = fitted(made, num_pairs, 60 * options.budget_minutes, device)
        print(f"{made.steps} steps in each run")
    _write_settings(out, made)
    return made


def fitted(experiment: Experiment, num_pairs: int, seconds: float, device: torch.device) -> Experiment:
    """Return the experiment with as many steps, at most, as a time suffices for, by the time that a few take here.

    Raises:
        ValueError: It suffices for next to none.
    """
    brief = replace(experiment, steps=4)
    drawn = examples(experiment, 4 * experiment.examples_per_step, 0)
    pair_s = 0.0
    for mode in MODES:
        learning, stream = _begun(brief, mode, drawn, 0, device)
        indices = orders(stream, experiment.examples_per_step, 0)
        learning.step(_batch(stream, next(indices), device))
        started = time.perf_counter()
        for _ in range(3):
            learning.step(_batch(stream, next(indices), device)).item()
        pair_s += (time.perf_counter() - started) / 3
    steps = int(_SHARE_OF_LEARNING * seconds / (num_pairs * pair_s))
    if steps < _LEAST_STEPS:
        raise ValueError(
            f"{seconds / 60:g} minutes suffice for {steps} steps in each run: allow more, or fewer --sizes or --seeds"
        )
    return replace(experiment, steps=min(experiment.steps, steps))


def examples(experiment: Experiment, num: int, seed: int) -> Traces:
    """Return `num` different searches, none of whose walls are kept for testing; the first ones are the same for all.

    Raises:
        ValueError: There are not so many.
    """
    domain, seen = DOMAINS["maze"], set[bytes]()
    sampling = domain.sampling(experiment.side, options={"tries": experiment.tries})
    parts, fruitless = list[Traces](), 0
    for first in count(0, _DRAWS):
        traces = domain.draw_traces(sampling, range(first, first + _DRAWS), seed=derive(seed, 1))
        ids, is_test = fingerprints(domain, traces, TEST_PERCENT)
        names = {row.tobytes(): i for i, row in enumerate(ids) if not is_test[i]}
        new = [i for name, i in names.items() if name not in seen]
        seen |= names.keys()
        parts.append(traces.select(np.array(new, np.int64)))
        fruitless = 0 if new else fruitless + 1
        if len(seen) >= num:
            break
        if fruitless == 20:
            raise ValueError(
                f"there are only {len(seen):,} different mazes to learn from: ask for fewer, or raise --side"
            )
    return Traces.concatenate(parts, 2).select(np.arange(num))


def cases_of(experiment: Experiment) -> list[Case]:
    """Return the mazes to judge all runs on."""
    sampling = DOMAINS["maze"].sampling(experiment.side, options={"tries": experiment.tries})
    return fresh_cases(experiment.token_format, sampling, experiment.problems, _TEST_SEED)


def layouts(traces: Traces) -> set[bytes]:
    """Return the walls of mazes, each as bytes."""
    rows = np.split(traces.codes, traces.code_offsets[1:-1])
    return {_walls(row) for row in rows}


def _walls(codes: Sequence[int] | NDArray[np.int32]) -> bytes:
    numbers = [int(code) for code in codes]
    return np.array(numbers[DOMAINS["maze"].layout_start(numbers) :], np.int32).tobytes()


# One run


def do(
    experiment: Experiment, mode: str, num_examples: int, seed: int, *, cases: Sequence[Case], device: torch.device
) -> Run:
    """Let a network learn, and judge it."""
    drawn = examples(experiment, num_examples, seed)
    walls = layouts(drawn)
    _refuse_known(walls, cases)
    started = time.perf_counter()
    learning, stream = _begun(experiment, mode, drawn, seed, device)
    schedule = LambdaLR(learning.optimizer, lambda step: rate(step, learning.settings))
    indices = orders(stream, experiment.examples_per_step, seed)
    losses, num_tokens, num_seen = [], 0, 0
    for _ in range(experiment.steps):
        batch = _batch(stream, next(indices), device)
        losses.append(learning.step(batch))
        schedule.step()
        num_tokens += int(batch.num_tokens)
        num_seen += len(batch.prompts)
    last = torch.stack(losses[-max(1, experiment.steps // 20) :]).mean().item()
    learned_s = time.perf_counter() - started
    return Run(
        mode=mode,
        num_examples=num_examples,
        seed=seed,
        num_layouts=len(walls),
        steps=experiment.steps,
        examples_seen=num_seen,
        tokens_seen=num_tokens,
        trainable=learning.network.num_trainable,
        loss=last,
        learned_s=learned_s,
        **judged(experiment, learning.network, mode, cases),
    )


def judged(experiment: Experiment, network: Transformer, mode: str, cases: Sequence[Case]) -> dict[str, Any]:
    """Return what a network's greedy answers came to, strictly."""
    started = time.perf_counter()
    settings = EvaluationSettings(mode=ANSWERS[mode], num_astar_runs=0)
    report = evaluate(network, experiment.token_format, cases, settings)
    return {
        "num_problems": report.n,
        "optimal": report.strict.optimal.value,
        "solved": report.strict.solved.value,
        "finished": report.finished.value,
        "trace_tokens": report.trace_tokens.value,
        "judged_s": time.perf_counter() - started,
    }


def _begun(
    experiment: Experiment, mode: str, drawn: Traces, seed: int, device: torch.device
) -> tuple[Learning, BatchStream]:
    token_format = experiment.token_format
    network = new_network(experiment.network, token_format, experiment.max_positions, seed).to(device)
    tokens: Tokens = token_format.encode(drawn)
    stream = BatchStream(tokens, WholeTargets(tokens, mode == "trace"), token_budget=1, seed=seed)
    return Learning(network, experiment.settings(seed)), stream


def orders(stream: BatchStream, num_rows: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of batches for ever, each example once an epoch, those with searches of like length together.

    The order is the same in both modes.
    """
    lengths = np.diff(stream.columns.trace_offsets)
    for epoch in count():
        chance = np.random.Generator(np.random.Philox([seed, epoch]))
        order = chance.permutation(len(lengths))
        order = order[np.argsort(lengths[order], kind="stable")]
        batches = np.array_split(order, max(1, round(len(order) / num_rows)))
        yield from (batches[i] for i in chance.permutation(len(batches)))


def _batch(stream: BatchStream, indices: NDArray[np.int64], device: torch.device) -> Batch:
    return Batch(*(column.to(device) for column in stream.batch(indices, 0)))


def _refuse_known(walls: set[bytes], cases: Sequence[Case]) -> None:
    for case in cases:
        known = _walls(DOMAINS["maze"].codes(case.problem)) in walls
        assert not known, "a maze to judge by has walls that are learned from"


# What is kept

_RUNS, _SETTINGS = "runs.jsonl", "experiment.json"


def known_experiment(out: Path, asked: dict[str, Any]) -> Experiment | None:
    """Return the experiment whose runs are in a directory, or None; ValueError says where another one is asked for."""
    if not (out / _SETTINGS).exists():
        return None
    known = json.loads((out / _SETTINGS).read_text(encoding="utf-8"))
    for name, value in asked.items():
        if known.get(name) != value:
            raise ValueError(
                f"{out} holds runs with {name} {known.get(name)}, not {value}: name another directory with --out"
            )
    return Experiment(**known)


def _write_settings(out: Path, experiment: Experiment) -> None:
    aside = out / f".{_SETTINGS}.tmp"
    aside.write_text(json.dumps(asdict(experiment), indent=2) + "\n", encoding="utf-8")
    aside.replace(out / _SETTINGS)


def read_runs(out: Path) -> list[Run]:
    """Return the runs that are done; a last line that a kill has left unfinished is none."""
    if not (out / _RUNS).exists():
        return []
    text = (out / _RUNS).read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        (out / _RUNS).write_text(whole, encoding="utf-8")
    return [Run(**json.loads(line)) for line in whole.splitlines()]


def append(out: Path, run: Run) -> None:
    """Keep a run."""
    with (out / _RUNS).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(asdict(run)) + "\n")


if __name__ == "__main__":
    sys.exit(main())
