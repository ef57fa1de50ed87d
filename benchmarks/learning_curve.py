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
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import torch

from benchmarks import curve_figures, timing
from benchmarks.curve_figures import MODES, Run
from benchmarks.experiment import (
    Experiment,
    add_options,
    append_line,
    asked_for,
    cases_of,
    device_named,
    examples,
    fitted,
    known_settings,
    layouts,
    learn,
    read_lines,
    refuse_known,
    seconds_a_step,
    write_settings,
)
from benchmarks.training import one_thread
from searchformer.batches import WholeTargets
from searchformer.cases import Case
from searchformer.evaluation import EvaluationSettings, evaluate
from searchformer.transformer import Transformer

SIZES, NUM_SEEDS = (500, 2000, 8000, 32_000), 3
OUT = Path("runs/learning_curve")
SMOKE, SMOKE_SIZES, SMOKE_SEEDS = Experiment(side=4, steps=4, examples_per_step=16, problems=8), (40, 120), 2
ANSWERS = {"trace": "slow", "plan": "fast"}
"""How a network is asked that has learned to write the trace, and one that has not."""


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
        curve_figures.draw(options.plot, runs, experiment.title(runs[0].trainable if runs else None))
    figures = {"environment": timing.environment(["torch"]), "experiment": asdict(experiment)}
    timing.write_report(options.report, figures | curve_figures.as_json(runs), [])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = timing.argument_parser("learning_curve", __doc__)
    parser.add_argument("--sizes", type=_numbers, metavar="N,N", help=f"examples to learn from; {SIZES}")
    add_options(parser, NUM_SEEDS, OUT, asdict(Experiment()))
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(sorted({int(number) for number in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers like 500,2000") from None
    if numbers[0] < 1:
        raise argparse.ArgumentTypeError(f"there is nothing to learn from {numbers[0]} examples")
    return numbers


# All runs


def _measured(options: argparse.Namespace, out: Path) -> tuple[Experiment, list[Run]]:
    """Do what is not done yet; return the runs that are asked for."""
    sizes = options.sizes or (SMOKE_SIZES if options.smoke else SIZES)
    seeds = options.seeds or (SMOKE_SEEDS if options.smoke else NUM_SEEDS)
    device = device_named(options.device)
    out.mkdir(parents=True, exist_ok=True)
    experiment = _experiment(options, out, len(sizes) * seeds, device)
    runs = read_runs(out)
    done = {(run.seed, run.num_examples, run.mode) for run in runs}
    wanted = [each for each in product(range(seeds), sizes, MODES) if each not in done]
    cases = cases_of(experiment) if wanted else []
    for place, (seed, num_examples, mode) in enumerate(wanted, 1):
        print(f"{place} of {len(wanted)}: {MODES[mode]}, {num_examples:,} examples, seed {seed}", flush=True)
        runs.append(do(experiment, mode, num_examples, seed, cases=cases, device=device))
        append_line(out, asdict(runs[-1]))
        print(f"    {runs[-1]}", flush=True)
    return experiment, [run for run in runs if run.seed < seeds and run.num_examples in sizes]


def _experiment(options: argparse.Namespace, out: Path, num_pairs: int, device: torch.device) -> Experiment:
    """Return the experiment whose runs are in a directory, or begin one."""
    defaults = asdict(SMOKE if options.smoke else Experiment())
    asked = asked_for(options, defaults)
    known = known_settings(out, asked, defaults)
    if known:
        return Experiment(**known)
    made = Experiment(**{**defaults, **asked})
    if options.budget_minutes:
        made = fitted(made, 60 * options.budget_minutes, num_pairs * pair_seconds(made, device))
        print(f"{made.steps} steps in each run")
    write_settings(out, asdict(made))
    return made


def pair_seconds(experiment: Experiment, device: torch.device) -> float:
    """Return the seconds that a step of both modes takes."""
    tokens = experiment.token_format.encode(examples(experiment, 4 * experiment.examples_per_step, 0))
    both = (WholeTargets(tokens, with_trace) for with_trace in (True, False))
    return sum(seconds_a_step(experiment, tokens, targets, device) for targets in both)


# One run


def do(
    experiment: Experiment, mode: str, num_examples: int, seed: int, *, cases: Sequence[Case], device: torch.device
) -> Run:
    """Let a network learn, and judge it."""
    drawn = examples(experiment, num_examples, seed)
    walls = layouts(drawn)
    refuse_known(walls, cases)
    tokens = experiment.token_format.encode(drawn)
    learned = learn(experiment, tokens, WholeTargets(tokens, mode == "trace"), seed, device)
    return Run(
        mode=mode,
        num_examples=num_examples,
        seed=seed,
        num_layouts=len(walls),
        steps=experiment.steps,
        examples_seen=learned.examples_seen,
        tokens_seen=learned.tokens_seen,
        trainable=learned.network.num_trainable,
        loss=learned.loss,
        learned_s=learned.seconds,
        **judged(experiment, learned.network, mode, cases),
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


def read_runs(out: Path) -> list[Run]:
    """Return the runs that are done."""
    return [Run(**line) for line in read_lines(out)]


if __name__ == "__main__":
    sys.exit(main())
