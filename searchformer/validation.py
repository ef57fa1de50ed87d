"""What a network in training can do by now: its loss on held-out examples, and held-out problems that it solves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data.decoding import read_plan, read_problem
from data.tokens import BOS, CONTROL, CREATE, EOS, PLAN, TokenFormat
from searchformer.batches import Batch, Columns
from searchformer.choice import Choice
from searchformer.generation import Prompt, generate
from searchformer.losses import token_losses
from searchformer.transformer import Transformer

FORCED = {"trace": (CREATE,), "plan": (PLAN,)}
"""How an answer begins that is to be a search with its plan, or a plan alone."""

# An answer longer than the longest recorded one by so much has lost its way.
_PATIENCE = 1.5


class Exercise(NamedTuple):
    """A held-out problem: its prompt (bos … eos), what a best plan costs, and the length of the recorded target."""

    prompt: NDArray[np.uint16]
    cost: int
    num_tokens: int


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
        made.append(Exercise(np.array(prompt), verdict.cost, trace + len(plan) + 2))
    return tuple(made)


def solve(network: Transformer, token_format: TokenFormat, given: Sequence[Exercise], mode: str) -> dict[str, float]:
    """Answer exercises greedily and return sums: `problems`, `solved`, `optimal`, `finished`, `trace_tokens`.

    Strict: a plan counts if replay follows it from the start to a goal and `eos` is there. `trace_tokens` is what was
    written before the plan, over all answers that were finished.
    """
    if not given:
        return dict.fromkeys(("problems", "solved", "optimal", "finished", "trace_tokens"), 0.0)
    most = min(network.config.max_positions, int(_PATIENCE * max(each.num_tokens for each in given)))
    prompts = [Prompt(each.prompt, forced=FORCED[mode]) for each in given]
    device = network.embedding.weight.device.type
    with torch.autocast(device, enabled=False):
        answers = generate(network, prompts, bos=BOS, eos=EOS, max_tokens=most, choice=Choice(), batch_size=64)
    sums = dict.fromkeys(("solved", "optimal", "finished", "trace_tokens"), 0.0)
    for exercise, answer in zip(given, answers, strict=True):
        problem = read_problem(token_format, token_format.text(exercise.prompt))
        words = token_format.text(answer.tokens) + ([CONTROL[EOS]] if answer.finished else [])
        verdict = read_plan(token_format, problem, words)[1]
        sums["solved"] += verdict.valid
        sums["optimal"] += verdict.valid and verdict.cost == exercise.cost
        if answer.finished:
            sums["finished"] += 1
            sums["trace_tokens"] += words.index(CONTROL[PLAN]) if CONTROL[PLAN] in words else len(words) - 1
    return {"problems": float(len(given)), **sums}


def held_out_losses(network: torch.nn.Module, batches: Sequence[Batch]) -> Tensor:
    """Return [2]: the summed cross-entropy of all real target tokens, and how many they are."""
    total = torch.zeros(2, dtype=torch.float64)
    for batch in batches:
        losses, mask = token_losses(network, batch)
        total += torch.stack(((losses * mask).sum(), mask.sum())).double().cpu()
    return total
