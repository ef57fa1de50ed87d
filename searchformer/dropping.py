"""Structured trace dropping: parts of a search are left out of what is learned (Dualformer, arXiv 2410.09918, §3).

For each example and epoch a level is drawn: L0 keeps the whole trace; L1 has no `close` clauses; L2 also has no costs;
L3 also lacks some of the `create` clauses, each by chance; L4 has no trace at all. The plan is always kept. A network
that has learned such a mix can be made to search, or to answer at once, by its first word (`searchformer.choice`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.tokens import CLOSE, CREATE, FIRST_COST, TokenFormat
from searchformer.batches import Columns, Ids, Lengths, WholeTargets
from searchformer.choice import draws, uniforms
from solvers import registry
from solvers.chance import derive

Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]
Levels = NDArray[np.int8]

NUM_LEVELS: Final = 5
CREATE_SHARE: Final = 0.3
"""The share of `create` clauses that L3 leaves out."""
NO_COST, NO_CREATE, NO_TRACE = 2, 3, 4

_ALONE = {f"L{level}": tuple(float(each == level) for each in range(NUM_LEVELS)) for level in range(NUM_LEVELS)}
MIXES: Mapping[str, tuple[float, ...]] = {
    "maze": (0.45, 1 / 6, 1 / 6, 1 / 6, 0.05),
    "sokoban": (0.8, 0.05, 0.05, 0.05, 0.05),
    "two-mode": (0.95, 0.0, 0.0, 0.0, 0.05),
    **_ALONE,
}
"""Shares of the levels L0 … L4 by name: the paper's for mazes and for Sokoban, whole or none, and each level alone."""

# Thirds have no exact sum.
_ROUNDING = 1e-6
# So many tokens are looked at together: numpy is fast, and memory stays flat.
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Mix:
    """How much is left out: the shares of the levels L0 … L4 (their sum is 1), and of single trace tokens.

    `token_share` leaves out tokens wherever they stand, after the level has been applied: the plain dropping that
    structured dropping is measured against.
    """

    levels: tuple[float, ...] = _ALONE["L0"]
    token_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        if len(self.levels) != NUM_LEVELS or not all(0 <= share <= 1 for share in self.levels):
            raise ValueError(f"a mix is {NUM_LEVELS} shares from 0 to 1, those of L0 to L4, not {self.levels}")
        if abs(sum(self.levels) - 1) > _ROUNDING:
            raise ValueError(f"the shares of L0 to L4 must have the sum 1, not {sum(self.levels):g}: {self.levels}")
        if not 0 <= self.token_share < 1:
            raise ValueError(f"the share of dropped tokens must be at least 0 and below 1, not {self.token_share}")


def mix_named(text: str, token_share: float = 0.0) -> Mix:
    """Return the mix that a name in `MIXES` or five numbers ("0.45 1/6 1/6 1/6 0.05") stand for.

    Raises:
        ValueError: It is neither, or the numbers are no shares.
    """
    parts = text.replace(",", " ").split()
    if len(parts) == NUM_LEVELS:
        try:
            return Mix(tuple(_number(part) for part in parts), token_share)
        except ZeroDivisionError:
            raise ValueError(f"a share in {text!r} is divided by 0") from None
    if len(parts) > 1:
        raise ValueError(f"a mix is a name or {NUM_LEVELS} shares, those of L0 to L4, not {text!r}")
    return Mix(registry.lookup("mix", text, MIXES), token_share)


def keys(seed: int, epoch: int, examples: NDArray[np.int64]) -> Words:
    """Return [N] the seed of each example's chance in an epoch."""
    base = np.full(len(examples), derive(seed, epoch), np.uint64)
    return draws(base, examples)


def draw_levels(mix: Mix, example_keys: Words) -> Levels:
    """Return [N] a level from 0 to 4 for each key."""
    edges = np.cumsum(mix.levels)
    edges[np.flatnonzero(mix.levels)[-1] :] = 1.0  # whatever rounding left of 1
    drawn = uniforms(example_keys, np.zeros(len(example_keys), np.int64))
    return np.searchsorted(edges, drawn, side="right").astype(np.int8)


def kept(
    traces: Ids, offsets: Lengths, levels: Levels, example_keys: Words, first_word: int, *, token_share: float = 0.0
) -> Mask:
    """Tell for each token of some traces whether it stays.

    Args:
        traces: [M] the traces of N examples, one behind the other, each a list of whole clauses.
        offsets: [N + 1] where each begins.
        levels: [N] from 0 to 4.
        example_keys: [N] what decides all chance of an example (`keys`).
        first_word: the first id behind those of the costs (`TokenFormat.first_word`).
        token_share: the share of tokens that is left out besides.

    Returns:
        [M].
    """
    heads = np.flatnonzero((traces == CREATE) | (traces == CLOSE))
    first_heads = np.searchsorted(heads, offsets)
    clauses = np.diff(first_heads)  # of each example
    level, key = np.repeat(levels, clauses), np.repeat(example_keys, clauses)
    number = np.arange(len(heads)) - np.repeat(first_heads[:-1], clauses)
    stays = (level == 0) | ((traces[heads] == CREATE) & (level < NO_TRACE))
    # The number 0 of an example's chance has drawn its level.
    stays &= (level < NO_CREATE) | (uniforms(key, number + 1) >= CREATE_SHARE)
    mask = np.repeat(stays, np.diff(heads, append=len(traces)))
    lengths = np.diff(offsets)
    mask &= (traces < FIRST_COST) | (traces >= first_word) | (np.repeat(levels, lengths) < NO_COST)
    if token_share:
        place = np.arange(len(traces)) - np.repeat(offsets[:-1], lengths)
        mask &= uniforms(~np.repeat(example_keys, lengths), place) >= token_share
    return mask


class DroppedTargets:
    """Targets with parts of their traces left out, drawn anew for each example in each epoch (`batches.Targets`)."""

    def __init__(self, columns: Columns, token_format: TokenFormat, mix: Mix, seed: int) -> None:
        self.columns, self.mix, self.seed = columns, mix, seed
        self._first_word = token_format.first_word
        self._whole = WholeTargets(columns, with_trace=True)

    def lengths(self, epoch: int) -> Lengths:
        """Return the number of tokens of every target."""
        columns = self.columns
        lengths = np.diff(columns.plan_offsets) + 2
        ends = columns.trace_offsets
        start = 0
        while start < len(lengths):
            end = max(start + 1, int(np.searchsorted(ends, ends[start] + _CHUNK, side="right")) - 1)
            _, mask, offsets = self._masked(np.arange(start, end), epoch)
            summed = np.concatenate(([0], np.cumsum(mask)))
            lengths[start:end] += summed[offsets[1:]] - summed[offsets[:-1]]
            start = end
        return lengths

    def of(self, examples: Sequence[int] | NDArray[np.int64], epoch: int) -> list[Ids]:
        """Return the targets of some examples: bos, what is left of the trace, plan, eos."""
        numbers = np.asarray(examples, np.int64)
        _, mask, offsets = self._masked(numbers, epoch)
        made = []
        for whole, start, end in zip(self._whole.of(numbers, epoch), offsets[:-1], offsets[1:], strict=True):
            stays = np.ones(len(whole), np.bool_)
            stays[1 : 1 + end - start] = mask[start:end]
            made.append(whole[stays])
        return made

    def _masked(self, examples: NDArray[np.int64], epoch: int) -> tuple[Ids, Mask, Lengths]:
        """Return the traces of some examples one behind the other, what stays of them, and where each begins."""
        columns = self.columns
        starts, ends = columns.trace_offsets[examples], columns.trace_offsets[examples + 1]
        parts = [columns.traces[start:end] for start, end in zip(starts, ends, strict=True)]
        traces = np.concatenate((columns.traces[:0], *parts))  # there may be none
        offsets = np.concatenate(([0], np.cumsum(ends - starts)))
        seeds = keys(self.seed, epoch, examples)
        levels = draw_levels(self.mix, seeds)
        return traces, kept(traces, offsets, levels, seeds, self._first_word, token_share=self.mix.token_share), offsets


def _number(text: str) -> float:
    above, slash, below = text.partition("/")
    try:
        return float(above) / float(below if slash else 1)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
