"""The runs of `benchmarks.dualformer`: what networks learn from, how they are asked, and what their answers came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
ALL_MODES = ("slow", "fast", "auto")


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to learn: a mix of levels by its name, or tokens dropped instead; and how the networks are asked.

    `sampled` are the modes in which several answers are drawn, too.
    """

    title: str
    mix: str
    modes: tuple[str, ...] = ("slow", "fast")
    sampled: tuple[str, ...] = ()
    drops_tokens: bool = False


KINDS: Mapping[str, Kind] = {
    "dualformer": Kind("Dualformer (L0–L4)", "maze", ALL_MODES, ALL_MODES),
    "complete": Kind("complete traces (L0)", "L0", sampled=("slow",)),
    "solution": Kind("solutions alone (L4)", "L4", ("fast",), ("fast",)),
    "L1": Kind("no closes (L1)", "L1"),
    "L2": Kind("no closes, no costs (L2)", "L2"),
    "L3": Kind("L2 with 70 % of creates (L3)", "L3"),
    "two-mode": Kind("two modes (L0, L4)", "two-mode", ALL_MODES),
    "tokens": Kind("tokens at random", "L0", drops_tokens=True),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What K answers to each of N problems came to: how many are optimal, solved, and begin with a trace; their tokens.

    `trace_tokens` and `answer_tokens` [N] are sums over the K answers; eos counts as a token of the answer.
    """

    num_samples: int
    optimal: Sequence[int]
    solved: Sequence[int]
    thought: Sequence[int]
    trace_tokens: Sequence[int]
    answer_tokens: Sequence[int]

    def each(self, name: str) -> Values:
        """Return [N] a column as means over the K answers."""
        return np.array(getattr(self, name), np.float64) / self.num_samples


@dataclass(frozen=True, slots=True)
class Run:
    """One network that has learned and was judged.

    `dropped` is the share of trace tokens that were left out, `loss` the mean of the last twentieth of the steps,
    `astar_tokens` [N] the lengths of A*'s traces. `greedy` and `sampled` (on the first problems) are by mode.
    """

    kind: str
    seed: int
    steps: int
    examples_seen: int
    tokens_seen: int
    trainable: int
    dropped: float
    loss: float
    learned_s: float
    judged_s: float
    astar_tokens: Sequence[int]
    greedy: Mapping[str, Answers]
    sampled: Mapping[str, Answers]

    def __str__(self) -> str:
        shares = ", ".join(f"{mode} {one.each('optimal').mean():.1%}" for mode, one in self.greedy.items())
        return f"optimal {shares}; loss {self.loss:.3f}; {self.learned_s:.0f} s and {self.judged_s:.0f} s"


def run_of(line: Mapping[str, Any]) -> Run:
    """Return a run as JSON has it."""
    both = {name: {mode: Answers(**one) for mode, one in line[name].items()} for name in ("greedy", "sampled")}
    return Run(**{**line, **both})
