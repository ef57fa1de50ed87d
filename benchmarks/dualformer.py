"""Dualformer: what leaving out parts of traces brings, against complete traces and solutions alone, level by level.

    python -m benchmarks.dualformer [--kinds dualformer,complete,solution] [--seeds 3] [--out DIR] [--plot FILE.png]
        [--budget-minutes M] [--side 5] [--network tiny] [--steps 300] [--examples 10000] [--problems 500]
        [--samples 16] [--device cpu] [--precision fp32] [--report FILE.json] [--smoke]

All kinds have the same network with equally many trainable parameters, and learn from the same examples in the same
order in equally many steps; what differs is what is left out of the targets, drawn anew in each epoch. A seed decides
the examples, the first weights, the order, and what is left out. Every network is judged on the same fresh mazes, none
of whose walls is among those learned from, strictly: one greedy answer each in every mode, and several sampled answers
to the first of them, to draw accuracy against the tokens that are spent.

Runs are written to DIR/runs.jsonl, a line each, and not done again: a killed benchmark goes on where it was. The first
seed's runs come first. The default takes about an hour on one core; how long it takes here is printed before it begins.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import groupby, product
from pathlib import Path
from typing import Any

import torch

from benchmarks import dualformer_figures, timing
from benchmarks.dualformer_runs import KINDS, Answers, Kind, Run, run_of
from benchmarks.experiment import (
    SHARE_OF_LEARNING,
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
from data.tokens import TokenFormat, Tokens
from searchformer.batches import WholeTargets
from searchformer.cases import Case
from searchformer.choice import Choice
from searchformer.dropping import MIXES, DroppedTargets, Mix
from searchformer.evaluation import EvaluationSettings, evaluate
from searchformer.report import Measured
from searchformer.transformer import Transformer
from solvers import registry

NUM_SEEDS, OUT = 3, Path("runs/dualformer")
NUM_PARTS = 2
"""A step is computed in so many batches of like lengths: targets of all levels in one would be padding, mostly."""
_ROWS = {"cpu": 64, "cuda": 512}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What all runs have in common besides: how many examples there are, and how answers are sampled (0: none are)."""

    examples: int = 10_000
    samples: int = 16
    sampled_problems: int = 200
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        for name, least in (("examples", 1), ("samples", 0), ("sampled_problems", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be above 0, or all samples are the same, not {self.temperature}")


FULL = Experiment(steps=300), Comparison()
SMOKE, SMOKE_SEEDS = (Experiment(side=4, steps=4, examples_per_step=16, problems=8), Comparison(64, 4, 4)), 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Do the runs that are not done yet; print the figures, and draw them."""
    parser = timing.argument_parser("dualformer", __doc__)
    parser.add_argument("--kinds", metavar="KIND,KIND", help=f"what to compare; {','.join(KINDS)}")
    add_options(parser, NUM_SEEDS, OUT, _flat(FULL))
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    with one_thread(), tempfile.TemporaryDirectory(prefix="twofold-dualformer-") as brief:
        try:
            experiment, comparison, runs = _measured(options, options.out or (Path(brief) if options.smoke else OUT))
        except ValueError as error:
            parser.error(str(error))
    print(f"\n{dualformer_figures.told(runs)}")
    if options.plot:
        dualformer_figures.draw(options.plot, runs, experiment.title(runs[0].trainable))
    settings = {"experiment": asdict(experiment), "comparison": asdict(comparison)}
    figures = {"environment": timing.environment(["torch"]), **settings, **dualformer_figures.as_json(runs)}
    timing.write_report(options.report, figures, [])
    return 0


# All runs


def _measured(options: argparse.Namespace, out: Path) -> tuple[Experiment, Comparison, list[Run]]:
    """Do what is not done yet; return the runs that are asked for."""
    kinds = _kinds(options.kinds)
    seeds = options.seeds or (SMOKE_SEEDS if options.smoke else NUM_SEEDS)
    device = device_named(options.device)
    out.mkdir(parents=True, exist_ok=True)
    experiment, comparison, is_new = _settings(options, out)
    runs = [run_of(line) for line in read_lines(out)]
    done = {(run.seed, run.kind) for run in runs}
    wanted = [each for each in product(range(seeds), kinds) if each not in done]
    if wanted:
        experiment = _timed(
            experiment, [kind for _, kind in wanted], options.budget_minutes if is_new else None, device
        )
    if is_new:
        write_settings(out, _flat((experiment, comparison)))
    for run in _runs(experiment, comparison, wanted, device):
        append_line(out, asdict(run))
        runs.append(run)
        print(f"    {run}", flush=True)
    return experiment, comparison, [run for run in runs if run.seed < seeds and run.kind in kinds]


def _kinds(text: str | None) -> list[str]:
    names = list(KINDS) if text is None else list(dict.fromkeys(text.split(",")))
    for name in names:
        registry.lookup("kind", name, KINDS)
    return names


def _settings(options: argparse.Namespace, out: Path) -> tuple[Experiment, Comparison, bool]:
    """Return the settings of the runs in a directory, or those of runs to come; and whether there are none yet."""
    defaults = _flat(SMOKE if options.smoke else FULL)
    asked = asked_for(options, defaults)
    known = known_settings(out, asked, defaults)
    values = known or {**defaults, **asked}
    own = {field.name: values.pop(field.name) for field in fields(Comparison)}
    return Experiment(**values), Comparison(**own), known is None


def _flat(records: tuple[Experiment, Comparison]) -> dict[str, Any]:
    return {name: value for record in records for name, value in asdict(record).items()}


def _timed(experiment: Experiment, kinds: Sequence[str], minutes: float | None, device: torch.device) -> Experiment:
    """Say how long runs of these kinds take, and return the experiment with so few steps that it is no longer."""
    tokens = experiment.token_format.encode(examples(experiment, 4 * experiment.examples_per_step, 0))
    step_s = {
        name: seconds_a_step(
            experiment, tokens, targets_of(KINDS[name], tokens, experiment.token_format, 0), device, num_parts=NUM_PARTS
        )
        for name in dict.fromkeys(kinds)
    }
    all_s = sum(step_s[name] for name in kinds)
    if minutes:
        experiment = fitted(experiment, 60 * minutes, all_s)
    needed = all_s * experiment.steps / SHARE_OF_LEARNING / 60
    print(f"{len(kinds)} runs of {experiment.steps:,} steps: about {needed:.0f} minutes here", flush=True)
    return experiment


def _runs(
    experiment: Experiment, comparison: Comparison, wanted: Sequence[tuple[int, str]], device: torch.device
) -> Iterator[Run]:
    """Do runs, seed by seed."""
    cases = cases_of(experiment) if wanted else []
    for seed, group in groupby(enumerate(wanted, 1), key=lambda each: each[1][0]):
        drawn = examples(experiment, comparison.examples, seed)
        refuse_known(layouts(drawn), cases)
        tokens = experiment.token_format.encode(drawn)
        for place, (_, kind) in group:
            print(f"{place} of {len(wanted)}: {KINDS[kind].title}, seed {seed}", flush=True)
            yield do(experiment, comparison, kind, seed, tokens=tokens, cases=cases, device=device)


# One run


def do(
    experiment: Experiment,
    comparison: Comparison,
    kind: str,
    seed: int,
    *,
    tokens: Tokens,
    cases: Sequence[Case],
    device: torch.device,
) -> Run:
    """Let a network learn, and judge it."""
    targets = targets_of(KINDS[kind], tokens, experiment.token_format, seed)
    learned = learn(experiment, tokens, targets, seed, device, num_parts=NUM_PARTS)
    started = time.perf_counter()
    greedy, several = EvaluationSettings(num_astar_runs=0, batch_size=_ROWS.get(device.type, 64)), comparison.samples
    modes, some = KINDS[kind].modes, KINDS[kind].sampled if several else ()
    sampling = replace(greedy, num_samples=max(1, several), choice=Choice(comparison.temperature))
    first, words = cases[: comparison.sampled_problems], experiment.token_format
    return Run(
        kind=kind,
        seed=seed,
        steps=experiment.steps,
        examples_seen=learned.examples_seen,
        tokens_seen=learned.tokens_seen,
        trainable=learned.network.num_trainable,
        dropped=dropped_share(targets),
        loss=learned.loss,
        learned_s=learned.seconds,
        astar_tokens=[case.trace_tokens for case in cases],
        greedy={mode: answers(learned.network, words, cases, replace(greedy, mode=mode)) for mode in modes},
        sampled={mode: answers(learned.network, words, first, replace(sampling, mode=mode)) for mode in some},
        judged_s=time.perf_counter() - started,
    )


def targets_of(kind: Kind, tokens: Tokens, token_format: TokenFormat, seed: int) -> DroppedTargets:
    """Return what a kind writes.

    Where it drops tokens at random, it drops as large a share of them as the mix for mazes does.
    """
    share = 0.0
    if kind.drops_tokens:
        share = dropped_share(DroppedTargets(tokens, token_format, Mix(MIXES["maze"]), seed))
    return DroppedTargets(tokens, token_format, Mix(MIXES[kind.mix], share), seed)


def dropped_share(targets: DroppedTargets) -> float:
    """Return the share of all trace tokens that is left out in the first epoch."""
    whole = WholeTargets(targets.columns, with_trace=True).lengths(0)
    return float((whole - targets.lengths(0)).sum() / targets.columns.trace_offsets[-1])


def answers(
    network: Transformer, token_format: TokenFormat, cases: Sequence[Case], settings: EvaluationSettings
) -> Answers:
    """Return what a network's answers came to, problem by problem, strictly."""
    measured: dict[str, Measured] = {}

    def keep(one: Measured) -> None:
        measured[one.id] = one

    evaluate(network, token_format, cases, settings, on_measured=keep)
    both = [(case, measured[case.id].samples) for case in cases]
    return Answers(
        num_samples=settings.num_samples,
        optimal=[sum(each.strict_cost == case.cost for each in samples) for case, samples in both],
        solved=[sum(each.strict_cost is not None for each in samples) for _, samples in both],
        thought=[sum(each.trace_tokens > 0 for each in samples) for _, samples in both],
        trace_tokens=[sum(each.trace_tokens for each in samples) for _, samples in both],
        answer_tokens=[sum(each.answer_tokens for each in samples) for _, samples in both],
    )


if __name__ == "__main__":
    sys.exit(main())
