"""What `benchmarks.dualformer` says and draws of its runs: means over seeds and problems with 95 % intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import timing
from benchmarks.curve_figures import Interval, over_seeds
from benchmarks.dualformer_runs import ALL_MODES, KINDS, Answers, Run, Values
from searchformer.metrics import Figure, mean, ratio, share

COMPARED = ("dualformer", "complete", "solution")
"""The models of the first table; the others are parts of the first one."""
PAIRS = (
    (("dualformer", "fast"), ("solution", "fast")),
    (("dualformer", "slow"), ("complete", "slow")),
    (("dualformer", "auto"), ("complete", "slow")),
    (("dualformer", "auto"), ("dualformer", "slow")),
    (("dualformer", "slow"), ("two-mode", "slow")),
    (("dualformer", "fast"), ("two-mode", "fast")),
    (("dualformer", "slow"), ("tokens", "slow")),
)
"""Who is compared with whom, problem by problem and seed by seed."""


# Figures


@dataclass(frozen=True, slots=True)
class Point:
    """One kind of network asked in one mode: shares of problems, and tokens of an answer.

    `vs_astar` is the length of traces against A*'s, on problems with an optimal answer; None where there are none.
    """

    kind: str
    mode: str
    num_seeds: int
    optimal: Interval
    solved: Interval
    thought: Interval
    trace_tokens: Interval
    answer_tokens: Interval
    vs_astar: Interval | None


@dataclass(frozen=True, slots=True)
class Best:
    """The best of k answers: whether any is optimal, and the tokens of all of them."""

    k: int
    tokens: float
    optimal: Interval


_SHARES, _TOKENS = ("optimal", "solved", "thought"), ("trace_tokens", "answer_tokens")


def points(runs: Sequence[Run]) -> list[Point]:
    """Return a point for each kind and mode, in the order of `KINDS`."""
    found = []
    asked = [(name, mode) for name, kind in KINDS.items() for mode in kind.modes]
    for kind, mode in asked:
        here = [run for run in runs if run.kind == kind]
        if here:
            columns = {
                name: _column(here, mode, name) for name in Answers.__dataclass_fields__ if name != "num_samples"
            }
            shares = {name: of_shares(columns[name]) for name in _SHARES}
            tokens = {name: wider(columns[name], mean) for name in _TOKENS}
            found.append(Point(kind, mode, len(here), **shares, **tokens, vs_astar=_vs_astar(here, columns)))
    return found


def leads(runs: Sequence[Run]) -> dict[tuple[tuple[str, str], tuple[str, str]], Interval]:
    """Return by how much one is ahead of the other in each of `PAIRS`, over those seeds that have both."""
    of = {(run.kind, run.seed): run for run in runs}
    found = {}
    for pair in PAIRS:
        (one, one_mode), (other, other_mode) = pair
        seeds = sorted(seed for kind, seed in of if kind == one and (other, seed) in of)
        if seeds:
            ahead = _column([of[one, seed] for seed in seeds], one_mode, "optimal")
            behind = _column([of[other, seed] for seed in seeds], other_mode, "optimal")
            found[pair] = wider(ahead - behind, mean)
    return found


def curves(runs: Sequence[Run]) -> dict[tuple[str, str], list[Best]]:
    """Return the best of 1, 2, 4 … answers, for each kind and mode that was sampled."""
    found = {}
    asked = [(name, mode) for name, kind in KINDS.items() for mode in kind.sampled]
    for kind, mode in asked:
        here = [run.sampled[mode] for run in runs if run.kind == kind and mode in run.sampled]
        if here:
            num = here[0].num_samples
            tokens = float(np.mean([one.each("answer_tokens") for one in here]))
            chances = {k: np.array([any_of(k, one) for one in here]) for k in _doubled(num)}
            found[kind, mode] = [Best(k, k * tokens, of_shares(each, num)) for k, each in chances.items()]
    return found


def any_of(k: int, answers: Answers) -> Values:
    """Return [N] the chance that of k of the K answers, taken at random, one is optimal (Chen et al. 2021)."""
    num = answers.num_samples
    return np.array([1 - comb(num - good, k) / comb(num, k) for good in answers.optimal])


def of_shares(values: Values, most_each: float = 1) -> Interval:
    """Return the mean of values [S, N] from 0 to 1 of S seeds and N problems; see `wider`."""
    found = wider(values, lambda of_problems: share(of_problems, most_each * len(values)))
    return Interval(found.value, max(0.0, found.low), min(1.0, found.high))


def wider(values: Values, among: Callable[[Values], Figure]) -> Interval:
    """Return the mean of values [S, N] with the wider of two intervals.

    One is Student's over the seeds, which vary in what is learned; the other, `among`, is over the problems, which are
    the same for all seeds.
    """
    return _joined(over_seeds(values.mean(axis=1).tolist()), among(values.mean(axis=0)))


def _joined(over: Interval, among: Figure) -> Interval:
    assert among.low is not None
    assert among.high is not None
    return Interval(over.value, min(over.low, among.low), max(over.high, among.high))


def _column(runs: Sequence[Run], mode: str, name: str) -> Values:
    return np.array([run.greedy[mode].each(name) for run in runs])


def _vs_astar(runs: Sequence[Run], columns: Mapping[str, Values]) -> Interval | None:
    counted = columns["optimal"] * (columns["thought"] > 0)
    written = columns["trace_tokens"] * counted
    needed = np.array([run.astar_tokens for run in runs], np.float64) * counted
    if not counted.any(axis=1).all():
        return None
    has_any = counted.any(axis=0)
    of_seeds = over_seeds((written.sum(axis=1) / needed.sum(axis=1)).tolist())
    return _joined(of_seeds, ratio(written.sum(axis=0)[has_any], needed.sum(axis=0)[has_any]))


def _doubled(most: int) -> list[int]:
    return [2**power for power in range(most.bit_length())]


# Words


def told(runs: Sequence[Run]) -> str:
    """Return all figures as tables."""
    found = {(point.kind, point.mode): point for point in points(runs)}
    parts = [_compared(found), _ablation(runs, found), _leads(runs), _best(runs)]
    return "\n\n".join(part for part in parts if part)


def _compared(found: Mapping[tuple[str, str], Point]) -> str:
    head = (
        "model",
        "asked",
        "optimal %",
        "solved %",
        "thinks %",
        "trace tokens",
        "of A*'s %",
        "tokens in all",
        "seeds",
    )
    rows = [
        (
            KINDS[kind].title,
            mode,
            point.optimal.percent(),
            point.solved.percent(),
            100 * point.thought.value,
            point.trace_tokens.value,
            point.vs_astar and point.vs_astar.percent(),
            point.answer_tokens.value,
            point.num_seeds,
        )
        for (kind, mode), point in found.items()
        if kind in COMPARED
    ]
    return timing.markdown(head, rows) if rows else ""


def _ablation(runs: Sequence[Run], found: Mapping[tuple[str, str], Point]) -> str:
    rows = []
    for kind in dict.fromkeys(kind for kind, _ in found):
        each = [found.get((kind, mode)) for mode in ALL_MODES]
        dropped = float(np.mean([run.dropped for run in runs if run.kind == kind]))
        thinking = found.get((kind, "slow"))
        tokens = thinking and thinking.trace_tokens.value
        rows.append((KINDS[kind].title, 100 * dropped, *(point and point.optimal.percent() for point in each), tokens))
    head = ("learned from", "dropped %", *(f"{mode}: optimal %" for mode in ALL_MODES), "slow: trace tokens")
    return timing.markdown(head, rows)


def _leads(runs: Sequence[Run]) -> str:
    found = leads(runs)
    rows = [(*(f"{KINDS[kind].title}, {mode}" for kind, mode in pair), lead.percent()) for pair, lead in found.items()]
    return timing.markdown(("optimal answers of", "against", "ahead by % points"), rows) if rows else ""


def _best(runs: Sequence[Run]) -> str:
    found = curves(runs)
    if not found:
        return ""
    sizes = sorted({best.k for curve in found.values() for best in curve})
    rows = [
        (
            f"{KINDS[kind].title}, {mode}",
            curve[0].tokens,
            *(best.optimal.percent() for best in curve),
            *[None] * (len(sizes) - len(curve)),
        )
        for (kind, mode), curve in found.items()
    ]
    return timing.markdown(("sampled", "tokens of one", *(f"best of {k}: optimal %" for k in sizes)), rows)


def as_json(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the figures as JSON has them; what was measured problem by problem stays with the runs."""
    named = {" ".join(name): [asdict(best) for best in curve] for name, curve in curves(runs).items()}
    left_out = ("astar_tokens", "greedy", "sampled")
    return {
        "points": [asdict(point) for point in points(runs)],
        "leads": {" against ".join(" ".join(one) for one in pair): asdict(lead) for pair, lead in leads(runs).items()},
        "best_of": named,
        "runs": [{name: value for name, value in asdict(run).items() if name not in left_out} for run in runs],
    }


# Picture

_COLOURS = ("#d1495b", "#1d5fa8", "#2f8f4e", "#9ecae1", "#6f8fb5", "#8d7bb0", "#e08b1d", "#8a6a4f")
_MARKERS = {"slow": "s", "fast": "^", "auto": "o"}


def draw(file: Path, runs: Sequence[Run], title: str) -> None:
    """Draw accuracy against tokens, for all kinds and modes, and beside it the kinds one below the other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra)
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415
    from matplotlib.lines import Line2D  # noqa: PLC0415

    figure = Canvas(figsize=(13, 5.8), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    found, colours = points(runs), dict(zip(KINDS, _COLOURS, strict=True))
    _spent(left, found, curves(runs), colours)
    _below(right, found, colours)
    grey: dict[str, Any] = {"color": "0.35", "linestyle": "", "markersize": 7}
    handles = [Line2D([], [], marker=marker, label=f"asked {mode}", **grey) for mode, marker in _MARKERS.items()]
    several = next((f", first {len(one.optimal):,} problems" for run in runs for one in run.sampled.values()), "")
    handles.append(Line2D([], [], color="0.35", linestyle="--", label=f"best of 1, 2, 4 … sampled answers{several}"))
    kinds = dict.fromkeys(point.kind for point in found)
    lines = [Line2D([], [], color=colours[kind], linewidth=6, label=KINDS[kind].title) for kind in kinds]
    figure.legend(handles=lines + handles, loc="outside lower center", ncols=4, frameon=False)
    num_seeds = len({run.seed for run in runs})
    figure.suptitle(f"{title}; mean of {num_seeds} seed{'s' * (num_seeds > 1)}, 95 % intervals")
    figure.savefig(file, dpi=110)


def _spent(
    axis: Any,
    found: Sequence[Point],
    of_samples: Mapping[tuple[str, str], Sequence[Best]],
    colours: Mapping[str, str],
) -> None:
    for (kind, mode), curve in of_samples.items():
        places, values = [best.tokens for best in curve], [100 * best.optimal.value for best in curve]
        dots = {"marker": _MARKERS[mode], "markersize": 3.5}
        axis.plot(places, values, color=colours[kind], linestyle="--", linewidth=1, alpha=0.8, **dots)
    for point in found:
        style = {"color": colours[point.kind], "marker": _MARKERS[point.mode], "markersize": 8, "capsize": 3}
        axis.errorbar(
            point.answer_tokens.value,
            100 * point.optimal.value,
            _arms(point.optimal),
            markeredgecolor="white",
            zorder=3,
            **style,
        )
    axis.set(xlabel="tokens spent on a problem", ylabel="optimal answers (%)", xscale="log", ylim=(-3, 103))
    axis.set_title("accuracy against tokens: one greedy answer, and the best of several")
    low, high = axis.get_xlim()
    ticks = [first * 10**power for power in range(7) for first in (1, 2, 5) if low <= first * 10**power <= high]
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.grid(alpha=0.25)


def _below(axis: Any, found: Sequence[Point], colours: Mapping[str, str]) -> None:
    kinds = list(dict.fromkeys(point.kind for point in found))
    for point in found:
        row = kinds.index(point.kind) + 0.22 * (ALL_MODES.index(point.mode) - 1)
        style = {"color": colours[point.kind], "marker": _MARKERS[point.mode], "markersize": 7, "capsize": 3}
        axis.errorbar(100 * point.optimal.value, row, xerr=_arms(point.optimal), markeredgecolor="white", **style)
    axis.set_yticks(range(len(kinds)), [KINDS[kind].title for kind in kinds])
    axis.set(xlabel="optimal, one greedy answer (%)", xlim=(-3, 103), ylim=(len(kinds) - 0.5, -0.5))
    axis.set_title("what is left out of the traces")
    axis.grid(axis="x", alpha=0.25)


def _arms(interval: Interval) -> list[list[float]]:
    return [[100 * (interval.value - interval.low)], [100 * (interval.high - interval.value)]]
