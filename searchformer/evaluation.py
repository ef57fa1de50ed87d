"""Evaluation: answer problems with a network, verify every answer, and measure.

Needs neither Lightning nor a terminal: training calls `evaluate`, too.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from data.tokens import BOS, EOS, TokenFormat
from searchformer.cases import Case, astar_tokens
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from searchformer.grammar import Grammar
from searchformer.judging import Example, Sample, judge
from searchformer.planner import FORCED
from searchformer.report import Measured, Report, report_of
from searchformer.transformer import Transformer
from solvers import registry
from solvers.chance import derive

OnProgress = Callable[[int, int], None]
Keep = Callable[[Measured], None]


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """How to ask.

    `num_samples` answers for each problem are drawn with `choice`; `max_tokens` (eos included) is the network's context
    unless given; `grammar` allows well-formed clauses alone, events without costs among them unless it `needs_costs`.
    `num_astar_runs` searches of A* with random ties give the trace length to compare with (0: no comparison).
    `heuristic` is what traces are held against: the paper's unless given. All but `batch_size` decides what is
    measured.
    """

    mode: str = "slow"
    num_samples: int = 1
    choice: Choice = field(default_factory=Choice)
    max_tokens: int | None = None
    grammar: bool = False
    needs_costs: bool = True
    batch_size: int = 64
    seed: int = 0
    num_astar_runs: int = 64
    heuristic: str | None = None

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        registry.lookup("mode", self.mode, FORCED)
        for name, least in (("num_samples", 1), ("batch_size", 1), ("num_astar_runs", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, not {self.max_tokens}")

    def as_json(self) -> dict[str, Any]:
        """Return what decides the results, as JSON has it."""
        return {name: value for name, value in asdict(self).items() if name != "batch_size"}


def evaluate(
    network: Transformer,
    token_format: TokenFormat,
    cases: Sequence[Case],
    settings: EvaluationSettings | None = None,
    *,
    known: Mapping[str, Measured] | None = None,
    on_measured: Keep | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Measure a network on problems; the same whatever the batch size, and whatever is known from an earlier run.

    Whether answers depend on the batch is `generation.generate`'s affair: only where two words are equally likely up to
    rounding.

    Args:
        network: On any device, in any mode; it answers in evaluation mode, and is left as it was.
        token_format: The words that it has learned.
        cases: The problems, each once.
        settings: How to ask; the defaults unless given.
        known: What an interrupted run with these settings had measured, by id.
        on_measured: Called with each problem that is done, in the order in which that happens.
        on_progress: Called with the number of problems done, and of all.

    Raises:
        ValueError: There are no problems, one is there twice, or does not fit the network's context.
    """
    settings = settings or EvaluationSettings()
    ids = [case.id for case in cases]
    if not ids or len(set(ids)) < len(ids):
        raise ValueError("an evaluation needs problems, each of them once")
    measured = dict(known or {})
    left = [case for case in cases if case.id not in measured]
    is_fast_optimal = _fast_optimal(network, token_format, left, settings) if settings.mode == "auto" else {}
    run = _Run(token_format, left, settings, is_fast_optimal)
    num_known = len(cases) - len(left)

    def note(new: Measured) -> None:
        measured[new.id] = new
        if on_measured:
            on_measured(new)
        if on_progress:
            on_progress(num_known + run.num_done, len(cases))

    if on_progress:
        on_progress(num_known, len(cases))
    _answer(network, run, note)
    return report_of(token_format.domain, cases, [measured[key] for key in ids], settings.mode, settings.as_json())


def _fast_optimal(
    network: Transformer, token_format: TokenFormat, cases: Sequence[Case], settings: EvaluationSettings
) -> dict[str, bool]:
    """Tell for the ids of problems whether the network's greedy answer in mode fast is optimal."""
    greedy = replace(settings, mode="fast", num_samples=1, choice=Choice(), num_astar_runs=0)
    answers = dict[str, Sample]()
    if cases:
        evaluate(
            network,
            token_format,
            cases,
            greedy,
            on_measured=lambda measured: answers.update({measured.id: measured.samples[0]}),
        )
    return {case.id: answers[case.id].strict_cost == case.cost for case in cases}


def weights_sha256(network: torch.nn.Module) -> str:
    """Return a hash of all weights, the same on every device and however they are stored."""
    digest = hashlib.sha256()
    for name, parameter in sorted(network.named_parameters()):
        digest.update(f"{name} {tuple(parameter.shape)}\n".encode())
        digest.update(parameter.detach().to("cpu", torch.float32).contiguous().numpy().tobytes())
    return digest.hexdigest()


class _Run:
    """Answers as they come in: sample s of problem p is prompt p · num_samples + s."""

    def __init__(
        self,
        token_format: TokenFormat,
        cases: Sequence[Case],
        settings: EvaluationSettings,
        is_fast_optimal: Mapping[str, bool],
    ) -> None:
        self.token_format, self.cases, self.settings = token_format, cases, settings
        self.is_fast_optimal = is_fast_optimal
        self.samples: list[dict[int, Sample]] = [{} for _ in cases]
        self.examples: dict[int, tuple[int, Example]] = {}
        self.num_done = 0

    def prompts(self) -> list[Prompt]:
        """Return what to answer; the chance of a sample depends on the seed, the problem and its number alone."""
        forced, seed = FORCED[self.settings.mode], self.settings.seed
        return [
            Prompt(case.prompt, derive(seed, int(case.id[:16], 16), number), forced)
            for case in self.cases
            for number in range(self.settings.num_samples)
        ]

    def take(self, place: int, answer: Generated) -> Measured | None:
        """Judge an answer; return what was measured on its problem once all its answers are there."""
        number, sample_number = divmod(place, self.settings.num_samples)
        sample, shown = judge(self.token_format, self.cases[number], answer, self.settings.heuristic)
        self.samples[number][sample_number] = sample
        if sample.strict_cost is None and sample_number <= self.examples.get(number, (sample_number,))[0]:
            self.examples[number] = sample_number, shown()
        return self.measured(number) if len(self.samples[number]) == self.settings.num_samples else None

    def measured(self, number: int) -> Measured:
        """Return what was measured on a problem, and forget the rest."""
        case, by_number = self.cases[number], self.samples[number]
        samples = tuple(by_number[place] for place in sorted(by_number))
        _, example = self.examples.pop(number, (0, None))
        compared = self.settings.mode != "fast" and any(sample.lenient_cost is not None for sample in samples)
        astar = np.nan
        if compared and self.settings.num_astar_runs:
            astar = astar_tokens(self.token_format, case, self.settings.num_astar_runs, self.settings.heuristic)
        self.samples[number] = {}
        self.num_done += 1
        known = None if np.isnan(astar) else astar
        return Measured(case.id, samples, known, example, self.is_fast_optimal.get(case.id))


def _answer(network: Transformer, run: _Run, note: Callable[[Measured], None]) -> None:
    """Answer all prompts of a run. Seconds of generation are told with each problem; judging is not counted."""
    settings, was_training = run.settings, network.training
    last = time.perf_counter()
    seconds = 0.0

    def take(place: int, answer: Generated) -> None:
        nonlocal last, seconds
        seconds += time.perf_counter() - last
        measured = run.take(place, answer)
        if measured is not None:
            note(measured.lasting(seconds))
            seconds = 0.0
        last = time.perf_counter()

    network.eval()
    try:
        generate(
            network,
            run.prompts(),
            bos=BOS,
            eos=EOS,
            max_tokens=settings.max_tokens or network.config.max_positions,
            choice=settings.choice,
            batch_size=settings.batch_size,
            on_answer=take,
            grammar=Grammar(run.token_format, needs_costs=settings.needs_costs) if settings.grammar else None,
        )
    finally:
        network.train(was_training)
