"""Sampling for improvement: many answers to training problems, of which the shortest optimal ones are kept.

A part is some problems; a process samples it, judges it and writes what came of it to a file of its own. A sample
depends on the seed, the round, the problem and its own number, not on who makes it, when, or beside what.
"""

import io
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from data.decoding import read_plan
from data.derived import Answers, answers_of
from data.manifest import write_whole
from data.shards import TraceSet
from data.tokens import BOS, CONTROL, EOS, PLAN, Ids, TokenFormat
from searchformer.cases import Case, cases_of
from searchformer.checkpoint import Checkpoint, load
from searchformer.choice import Choice
from searchformer.generation import Generated, Prompt, generate
from searchformer.improvement_filters import Candidate, Filter, filter_named
from searchformer.planner import FORCED
from solvers.chance import derive
from solvers.verifier import verify

_STREAM: Final = 0x5E1F  # samples of seed K are not those of an evaluation of seed K
_LARGE: Final = 30_000_000

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sampling:
    """What decides the samples of a round, and which of them are kept (`improvement_filters`)."""

    num_samples: int
    temperature: float
    filters: tuple[str, ...]
    seed: int
    number: int
    mode: str = "slow"


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """A part to be sampled: training examples of a data set, by numbers; the network; and where the part is written."""

    file: Path
    data: Path
    examples: Counts
    checkpoint: str
    device: str
    batch_size: int
    sampling: Sampling


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What came of a part with N problems.

    `solved` and `optimal` [N] count samples with a correct plan and with one of least cost, `tokens` [N] what was
    generated. `recorded` [N] and `present` [N] are the trace tokens of A* and of what is learned at present; `answers`
    the samples that are to be learned instead, where there are any. `seconds` were spent on all of it, `network_s` of
    them on generation.
    """

    examples: Counts
    solved: Counts
    optimal: Counts
    tokens: Counts
    recorded: Counts
    present: Counts
    answers: Answers
    network_s: float
    seconds: float

    def save(self, file: Path) -> None:
        """Write the part to a file, whole or not at all."""
        columns: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        answers = columns.pop("answers")
        stream = io.BytesIO()
        np.savez(stream, answer_tokens=answers.tokens, answer_offsets=answers.offsets, **columns)
        write_whole(file, stream.getbuffer())


@dataclass(frozen=True, slots=True)
class Judged:
    """What the samples of a problem came to: the costs of correct plans (else None), and the answer to be learned."""

    costs: tuple[int | None, ...]
    answer: Ids | None


def sample(work: Work) -> Part:
    """Sample a part, judge it, and write it to its file."""
    started = time.perf_counter()
    checkpoint, asked = _network(work.checkpoint, work.device), work.sampling
    words, source = checkpoint.token_format, _examples(work.data)
    cases = cases_of(words, source.traces(work.examples))
    present = _present(work.data, words, work.examples, np.array([case.trace_tokens for case in cases]))
    began = time.perf_counter()
    generated = generate(
        checkpoint.network,
        [prompt for case in cases for prompt in prompts(case, asked)],
        bos=BOS,
        eos=EOS,
        max_tokens=checkpoint.network.config.max_positions,
        choice=Choice(asked.temperature),
        batch_size=work.batch_size,
    )
    network_s = time.perf_counter() - began
    judge = Judge(words, tuple(map(filter_named, asked.filters)), source.manifest.settings.heuristic)
    groups = [generated[i : i + asked.num_samples] for i in range(0, len(generated), asked.num_samples)]
    judged = [judge(*each) for each in zip(cases, present.tolist(), groups, strict=True)]
    part = Part(
        examples=work.examples,
        solved=np.array([sum(cost is not None for cost in each.costs) for each in judged]),
        optimal=np.array([each.costs.count(case.cost) for case, each in zip(cases, judged, strict=True)]),
        tokens=np.array([sum(len(one.tokens) + one.finished for one in group) for group in groups]),
        recorded=np.array([case.trace_tokens for case in cases]),
        present=present,
        answers=Answers.of([np.zeros(0, np.uint16) if each.answer is None else each.answer for each in judged]),
        network_s=network_s,
        seconds=time.perf_counter() - started,
    )
    part.save(work.file)
    return part


def at_work(work: Work) -> Generator[None, None, Part]:
    """Sample a part, as a task of `data.executors`: one that has nothing to ask."""
    yield
    return sample(work)


def known_part(work: Work) -> Part | None:
    """Return the part that an earlier run has written, or None if it is to be sampled."""
    try:
        with np.load(io.BytesIO(work.file.read_bytes()), allow_pickle=False) as stored:
            columns: dict[str, Any] = {name: stored[name] for name in stored.files}
        answers = Answers(columns.pop("answer_tokens"), columns.pop("answer_offsets"))
        columns |= {name: float(columns[name]) for name in ("network_s", "seconds")}
        part = Part(answers=answers, **columns)
    except (FileNotFoundError, BadZipFile, EOFError, ValueError, KeyError, TypeError):  # a damaged one is made again
        return None
    return part if np.array_equal(part.examples, work.examples) else None


def prompts(case: Case, sampling: Sampling) -> Iterator[Prompt]:
    """Yield what is to be answered, sample by sample: all in the same mode, and each with a chance of its own."""
    problem, forced = int(case.id[:16], 16), FORCED[sampling.mode]
    for number in range(sampling.num_samples):
        yield Prompt(case.prompt, derive(_STREAM, sampling.seed, sampling.number, problem, number), forced)


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides which sample of a problem is to be learned; the rule is the paper's (arXiv 2402.14083, §3).

    That is: of the samples that end with `eos` and have a correct plan of least cost, the one with the fewest trace
    tokens, if these are fewer than the present trace has; and every filter has to agree.
    """

    token_format: TokenFormat
    filters: Sequence[Filter]
    heuristic: str | None = None

    def __call__(self, case: Case, present_tokens: int, samples: Sequence[Generated]) -> Judged:
        """Return what the samples of a problem came to."""
        costs, verdicts = [], dict[bytes, int | None]()
        trace_tokens = [_until_plan(each.tokens) for each in samples]
        for each, length in zip(samples, trace_tokens, strict=True):
            plan = each.tokens[length:]
            key = plan.tobytes() if each.finished else b""  # most samples have a plan that another one has, too
            if key not in verdicts:
                verdicts[key] = self._cost(case, plan) if key else None
            costs.append(verdicts[key])
        shorter = [i for i, cost in enumerate(costs) if cost == case.cost and trace_tokens[i] < present_tokens]
        for i in sorted(shorter, key=lambda i: (trace_tokens[i], len(samples[i].tokens), i)):
            answer = samples[i].tokens
            candidate = Candidate(
                self.token_format, case, answer, trace_tokens[i], present_tokens, costs, self.heuristic
            )
            if all(agrees(candidate) for agrees in self.filters):
                self._replay(case, answer[trace_tokens[i] :])
                return Judged(tuple(costs), answer)
        return Judged(tuple(costs), None)

    def _cost(self, case: Case, plan: Ids) -> int | None:
        _, verdict = read_plan(self.token_format, case.problem, self._target(plan))
        return verdict.cost if verdict.valid else None

    def _replay(self, case: Case, plan: Ids) -> None:
        """Make sure, by the verifier alone, that a plan is what it was read as."""
        actions, _ = read_plan(self.token_format, case.problem, self._target(plan))
        verdict = verify(case.problem, actions)
        if not verdict.valid or verdict.cost != case.cost:
            raise RuntimeError(f"the verifier refutes a plan for {case.id} that was read as optimal: {verdict}")

    def _target(self, plan: Ids) -> list[str]:
        return [CONTROL[BOS], *self.token_format.text(plan), CONTROL[EOS]]


def _until_plan(tokens: Ids) -> int:
    """Return the number of tokens before the first `plan`; all of them, if there is none."""
    places = np.flatnonzero(tokens == PLAN)
    return int(places[0]) if len(places) else len(tokens)


def _present(data: Path, words: TokenFormat, examples: Counts, recorded: Counts) -> Counts:
    """Return the trace tokens of what is learned at present of some examples."""
    learned = _answered(data, words)
    if learned is None:
        return recorded
    given, lengths = learned
    return np.where(given[examples], lengths[examples], recorded)


@lru_cache(maxsize=1)
def _answered(data: Path, words: TokenFormat) -> tuple[NDArray[np.bool_], Counts] | None:
    answers = answers_of(data, words)
    return None if answers is None else (answers.given, answers.trace_lengths)


@lru_cache(maxsize=1)
def _examples(data: Path) -> TraceSet:
    return TraceSet(data, "train")


@lru_cache(maxsize=2)
def _network(checkpoint: str, device: str) -> Checkpoint:
    return load(checkpoint, device)
