"""What a network in training can do by now: its loss on held-out examples, and held-out problems that it solves."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data.decoding import read_plan, read_problem
from data.tokens import BOS, CONTROL, EOS, TokenFormat
from searchformer import judging
from searchformer.batches import Batch, Columns
from searchformer.choice import Choice
from searchformer.generation import Prompt, generate
from searchformer.losses import token_losses
from searchformer.planner import FORCED
from searchformer.transformer import Transformer

COUNTS: Final = ("problems", "solved", "optimal", "finished", "trace_tokens")
"""What `solve` counts. The last one is what was written before the plan, over all answers that were finished."""

# An answer longer than the longest recorded one by so much has lost its way.
_PATIENCE = 1.5


class Exercise(NamedTuple):
    """A held-out problem as its prompt (bos … eos), what a best plan costs, and the recorded numbers of tokens."""

    prompt: NDArray[np.uint16]
    cost: int
    trace_tokens: int
    plan_tokens: int


class HeldOut(NamedTuple):
    """What one process validates on."""

    batches: tuple[Batch, ...]
    exercises: tuple[Exercise, ...]


def exercises(
    token_format: TokenFormat, columns: Columns, indices: Sequence[int], with_trace: bool
) -> tuple[Exercise, ...]:
    """Return recorded examples as exercises; the recorded plan is a best one, and replay tells what it costs."""
    made = []
    for i in indices:
        prompt = columns.prompts[columns.prompt_offsets[i] : columns.prompt_offsets[i + 1]]
        plan = columns.plans[columns.plan_offsets[i] : columns.plan_offsets[i + 1]]
        problem = read_problem(token_format, token_format.text(prompt))
        verdict = read_plan(token_format, problem, [CONTROL[BOS], *token_format.text(plan), CONTROL[EOS]])[1]
        if not verdict.valid or verdict.cost is None:
            raise ValueError(f"the recorded plan of held-out example {i} is wrong: {verdict.violations[0].reason}")
        trace = int(columns.trace_offsets[i + 1] - columns.trace_offsets[i]) if with_trace else 0
        made.append(Exercise(np.array(prompt), verdict.cost, trace, len(plan)))
    return tuple(made)


def solve(network: Transformer, token_format: TokenFormat, given: Sequence[Exercise], mode: str) -> dict[str, float]:
    """Answer exercises greedily in a mode and return the sums in `COUNTS`.

    Strict: a plan counts if replay follows it from the start to a goal and `eos` is there.
    """
    sums = dict.fromkeys(COUNTS, 0.0)
    if not given:
        return sums
    longest = max((each.trace_tokens if mode != "fast" else 0) + each.plan_tokens + 2 for each in given)
    most = min(network.config.max_positions, int(_PATIENCE * longest))
    prompts = [Prompt(each.prompt, forced=FORCED[mode]) for each in given]
    device = network.embedding.weight.device.type
    with torch.autocast(device, enabled=False):
        answers = generate(network, prompts, bos=BOS, eos=EOS, max_tokens=most, choice=Choice(), batch_size=64)
    for exercise, answer in zip(given, answers, strict=True):
        problem = read_problem(token_format, token_format.text(exercise.prompt))
        _, trace_tokens, verdict = judging.read(token_format, problem, answer)
        sums["problems"] += 1
        sums["solved"] += verdict.valid
        sums["optimal"] += verdict.valid and verdict.cost == exercise.cost
        sums["finished"] += answer.finished
        sums["trace_tokens"] += trace_tokens * answer.finished
    return sums


def figures(sums: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the figures of a validation from the sums of each mode; those of the first mode have plain names."""
    made: dict[str, float] = {}
    for mode, counted in sums.items():
        if counted["problems"]:
            shares = {name: counted[name] / counted["problems"] for name in ("solved", "optimal", "finished")}
            shares["trace_tokens"] = counted["trace_tokens"] / max(1.0, counted["finished"])
            prefix, names = (f"val_{mode}", _OF_OTHERS[mode]) if made else ("val", tuple(shares))
            made |= {f"{prefix}_{name}": shares[name] for name in names}
    return made


_OF_OTHERS: Final = {"fast": ("optimal",), "auto": ("optimal", "trace_tokens")}


def held_out_losses(network: torch.nn.Module, batches: Sequence[Batch]) -> Tensor:
    """Return [2]: the summed cross-entropy of all real target tokens, and how many they are."""
    total = torch.zeros(2, dtype=torch.float64)
    for batch in batches:
        losses, mask = token_losses(network, batch)
        total += torch.stack(((losses * mask).sum(), mask.sum())).double().cpu()
    return total
