"""Choosing a token from logits: greedily, or by chance that depends on a row's seed and place alone."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from solvers.chance import GOLDEN


@dataclass(frozen=True, slots=True)
class Choice:
    """How a token is chosen: temperature 0 is greedy; top-k and top-p (Holtzman et al. 2020) cut the rest off."""

    temperature: float = 0.0
    top_k: int | None = None
    top_p: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        if not 0 <= self.temperature < float("inf"):
            raise ValueError(f"temperature must be at least 0, not {self.temperature}; 0 is greedy")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(f"top_k must be at least 1, not {self.top_k}")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {self.top_p}")


def choose(logits: Tensor, uniforms: Tensor | None, choice: Choice) -> Tensor:
    """Return a token for each row.

    Args:
        logits: [B, V]; −inf where a token is not allowed.
        uniforms: [B] float64 in [0, 1): the only chance there is; None will do where there is none.
        choice: The settings.

    Returns:
        [B] int64: the most likely token (the first of equals), or the token at which the summed probability, from
        the most likely token on, first exceeds the row's number.
    """
    if choice.temperature == 0:
        return logits.argmax(dim=-1)
    assert uniforms is not None
    top = logits.shape[-1] if choice.top_k is None else min(choice.top_k, logits.shape[-1])
    best, tokens = torch.sort(logits.double(), dim=-1, descending=True, stable=True)
    # The best is made 0 first: no temperature, however low, makes an infinity of it.
    summed = ((best[:, :top] - best[:, :1]) / choice.temperature).softmax(dim=-1).cumsum(dim=-1)
    if choice.top_p is not None:
        # The fewest tokens that reach top_p: those before which the sum is still below it.
        before = torch.cat((torch.zeros_like(summed[:, :1]), summed[:, :-1]), dim=-1)
        total = summed.gather(1, (before < choice.top_p).sum(dim=-1, keepdim=True) - 1)
    else:
        total = summed[:, -1:]
    place = (summed <= uniforms[:, None] * total).sum(dim=-1, keepdim=True).clamp_max(top - 1)
    return tokens.gather(1, place)[:, 0]


def draws(seeds: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return 64 random bits each: draw number `places` (from 0) of each seed's stream (`solvers.chance.SplitMix`)."""
    word = seeds + np.uint64(GOLDEN) * (places + 1).astype(np.uint64)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(word ^ (word >> np.uint64(31)), np.uint64)


def uniforms(seeds: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return numbers in [0, 1) of the same draws."""
    return np.asarray((draws(seeds, places) >> np.uint64(11)) / 2.0**53, np.float64)
