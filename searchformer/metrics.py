"""Figures with intervals, and the measures of Searchformer and Dualformer (arXiv 2402.14083, 2410.09918).

N problems, K samples of each. Problems are what is drawn at random: samples of one problem are not independent, and
every interval (95 %) treats a problem with its samples as one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, sqrt
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_Z = 1.959963984540054
_NUM_RESAMPLES, _BLOCK = 2000, 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the ends of its 95 % interval; all None where there is nothing to measure."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


NOTHING = Figure()


@dataclass(frozen=True, slots=True)
class Samples:
    """What N × K answers came to.

    `costs` [N, K] are those of correct plans (−1: no correct plan), `optimal_costs` [N] the least possible ones,
    `trace_tokens` [N, K] the lengths of the written traces (0: none), `astar_tokens` [N] the mean length of A*'s traces
    of the same problem (NaN: not known), and `plans` [N][K] say which plans are the same.
    """

    costs: Ints
    optimal_costs: Ints
    trace_tokens: Ints
    astar_tokens: Floats
    plans: Sequence[Sequence[str]]

    @property
    def is_solved(self) -> Mask:
        """Return [N, K]: whether there is a correct plan."""
        is_solved: Mask = self.costs >= 0
        return is_solved

    @property
    def is_optimal(self) -> Mask:
        """Return [N, K]: whether there is a correct plan of least cost."""
        is_optimal: Mask = self.costs == self.optimal_costs[:, None]
        return is_optimal


@dataclass(frozen=True, slots=True)
class Scores:
    """All measures, for one notion of a correct plan.

    `solved` and `optimal` are shares of samples. `at_least` has "k-solved-K" and "k-optimal-K", k 1 and 3: shares of
    problems with at least k such samples among their K. `swc`: cost of the best plan against the optimum.
    `ilr_on_solved` and `ilr_on_optimal`: A*'s trace length against the written one, over 1 where that is shorter.
    `length_vs_astar`: the other way round, on the problems with an optimal sample alone. `distinct_plans`: different
    correct plans of a problem.
    """

    solved: Figure
    optimal: Figure
    swc: Figure
    ilr_on_solved: Figure = NOTHING
    ilr_on_optimal: Figure = NOTHING
    length_vs_astar: Figure = NOTHING
    distinct_plans: Figure = NOTHING
    at_least: Mapping[str, Figure] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Hold a view that nobody changes."""
        object.__setattr__(self, "at_least", MappingProxyType(dict(self.at_least)))


def scores(samples: Samples) -> Scores:
    """Return all measures."""
    solved, optimal = samples.is_solved, samples.is_optimal
    num_samples = samples.costs.shape[1]
    at_least = {
        f"{least}-{name}-{num_samples}": share(is_so.sum(axis=1) >= least)
        for name, is_so in (("solved", solved), ("optimal", optimal))
        for least in (1, 3)
        if least <= num_samples > 1
    }
    return Scores(
        solved=share(solved.mean(axis=1), num_samples),
        optimal=share(optimal.mean(axis=1), num_samples),
        swc=share(swc(samples), inf),
        ilr_on_solved=ilr(samples, solved),
        ilr_on_optimal=ilr(samples, optimal),
        length_vs_astar=length_vs_astar(samples),
        distinct_plans=mean(distinct_plans(samples)),
        at_least=at_least,
    )


def swc(samples: Samples) -> Floats:
    """Return [N] success weighted by cost: c · l* / max(l, l*), with l the least cost of a correct plan."""
    least = np.where(samples.is_solved, samples.costs, np.iinfo(np.int64).max).min(axis=1)
    worst = np.maximum(least, samples.optimal_costs)
    ratios = np.divide(samples.optimal_costs, worst, out=np.ones(len(worst)), where=worst > 0)
    return np.where(samples.is_solved.any(axis=1), ratios, 0.0)


def ilr(samples: Samples, counted: Mask) -> Figure:
    """Return the improved length ratio: the mean over ALL problems of c · t* / t.

    t is the mean length of the written traces that are `counted` [N, K], t* that of A*'s, c whether there is any. There
    is none where answers without a trace count: t would be 0.
    """
    lengths, has_any = _mean_length(samples, counted), counted.sum(axis=1) > 0
    if (lengths[has_any] == 0).any() or np.isnan(samples.astar_tokens[has_any]).any():
        return NOTHING
    return mean(np.divide(samples.astar_tokens, lengths, out=np.zeros(len(lengths)), where=has_any))


def length_vs_astar(samples: Samples) -> Figure:
    """Return the mean length of traces with an optimal plan, by that of A*'s traces of the same problems."""
    has_any = samples.is_optimal.sum(axis=1) > 0
    if np.isnan(samples.astar_tokens[has_any]).any():
        return NOTHING
    return ratio(_mean_length(samples, samples.is_optimal)[has_any], samples.astar_tokens[has_any])


def distinct_plans(samples: Samples) -> Floats:
    """Return [N]: the number of different correct plans of a problem."""
    pairs = zip(samples.plans, samples.is_solved, strict=True)
    return np.array([len({plan for plan, good in zip(*row, strict=True) if good}) for row in pairs], np.float64)


def share(values: Mask | Floats, most_each: float = 1) -> Figure:
    """Return the mean of values [N] from 0 to 1, with Wilson's interval (1927) for the effective number of draws.

    That number is N where values are 0 or 1, and more where a problem's value is itself a mean (Korn and Graubard
    1998), up to N · `most_each`. At 0 and at 1 it is N, whatever the samples within a problem say.
    """
    num = len(values)
    if not num:
        return NOTHING
    p = float(np.mean(values))
    variance, largest = float(np.var(values)), p * (1 - p)
    effective = num * largest / variance if variance > 0 else inf
    effective = float(num) if largest <= 0 else max(num, min(num * most_each, effective))
    if effective == inf:
        return Figure(p, p, p)
    centre, spread = p + _Z**2 / (2 * effective), _Z * sqrt(largest / effective + _Z**2 / (4 * effective**2))
    low, high = ((centre + side * spread) / (1 + _Z**2 / effective) for side in (-1, 1))
    return Figure(p, max(0.0, min(low, p)), min(1.0, max(high, p)))


def mean(values: Floats) -> Figure:
    """Return the mean of values [N], with the percentiles of a bootstrap over problems (Efron 1979)."""
    return _bootstrapped(len(values), lambda rows: values[rows].mean(axis=-1))


def ratio(numerators: Floats, denominators: Floats) -> Figure:
    """Return the ratio of two means over the same problems [N], with the percentiles of a bootstrap over problems."""
    if not len(denominators) or (denominators <= 0).any():
        return NOTHING
    return _bootstrapped(len(numerators), lambda rows: numerators[rows].sum(axis=-1) / denominators[rows].sum(axis=-1))


def _bootstrapped(num: int, statistic: Callable[[Ints], Floats]) -> Figure:
    if not num:
        return NOTHING
    chance = np.random.Generator(np.random.Philox(num))
    blocks = range(_NUM_RESAMPLES // _BLOCK)
    resampled = np.concatenate([statistic(chance.integers(num, size=(_BLOCK, num))) for _ in blocks])
    value = float(statistic(np.arange(num)))
    low, high = (float(end) for end in np.percentile(resampled, (2.5, 97.5)))
    return Figure(value, min(low, value), max(high, value))


def _mean_length(samples: Samples, counted: Mask) -> Floats:
    """Return [N] the mean trace length over the samples that count (0: none does)."""
    number = counted.sum(axis=1)
    total = (samples.trace_tokens * counted).sum(axis=1)
    lengths: Floats = np.divide(total, number, out=np.zeros(len(number)), where=number > 0)
    return lengths
