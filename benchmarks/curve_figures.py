"""What `benchmarks.learning_curve` says and draws of its runs: means over seeds with 95 % intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks import timing

MODES: Mapping[str, str] = {"trace": "search, then plan", "plan": "plan alone"}
_COLOURS = {"trace": "#1d5fa8", "plan": "#d1495b"}
_Z = 1.959964
# Student's t for 95 %, by degrees of freedom.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


@dataclass(frozen=True, slots=True)
class Run:
    """One network that has learned and was judged: `optimal`, `solved` and `finished` are shares of the problems.

    `loss` is the mean of the last twentieth of the steps; `trace_tokens` is the mean length of the written traces.
    """

    mode: str
    num_examples: int
    seed: int
    num_layouts: int
    steps: int
    examples_seen: int
    tokens_seen: int
    trainable: int
    loss: float
    learned_s: float
    num_problems: int
    optimal: float
    solved: float
    finished: float
    trace_tokens: float
    judged_s: float

    def __str__(self) -> str:
        return (
            f"optimal {self.optimal:.1%}, solved {self.solved:.1%}, finished {self.finished:.1%}, "
            f"loss {self.loss:.3f}; {self.learned_s:.0f} s and {self.judged_s:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def percent(self) -> str:
        """Return it in per cent."""
        return f"{100 * self.value:.1f} ({100 * self.low:.1f} to {100 * self.high:.1f})"


@dataclass(frozen=True, slots=True)
class Point:
    """One mode at one number of examples."""

    mode: str
    num_examples: int
    optimal: Interval
    num_seeds: int


def points(runs: Sequence[Run]) -> list[Point]:
    """Return the points of both curves, from few examples to many."""
    keys = sorted({(run.num_examples, list(MODES).index(run.mode)) for run in runs})
    found = []
    for num_examples, place in keys:
        mode = list(MODES)[place]
        here = [run for run in runs if run.mode == mode and run.num_examples == num_examples]
        found.append(Point(mode, num_examples, of_shares(here), len(here)))
    return found


def of_shares(runs: Sequence[Run]) -> Interval:
    """Return the mean share of optimal answers, with the wider of two intervals.

    One is Student's over the seeds, which vary in what is learned; the other is Wilson's over the problems, which are
    the same for all seeds.
    """
    shares = [run.optimal for run in runs]
    among = over_seeds(shares)
    of_problems = _wilson(among.value, min(run.num_problems for run in runs))
    low, high = min(among.low, of_problems.low), max(among.high, of_problems.high)
    return Interval(among.value, max(0.0, low), min(1.0, high))


def over_seeds(values: Sequence[float]) -> Interval:
    """Return the mean of some values with Student's interval; of one value, with none."""
    middle = mean(values)
    if len(values) < 2:
        return Interval(middle, middle, middle)
    t = _T[len(values) - 2] if len(values) - 2 < len(_T) else _Z
    spread = t * stdev(values) / sqrt(len(values))
    return Interval(middle, middle - spread, middle + spread)


def _wilson(share: float, num: int) -> Interval:
    centre, scale = share + _Z**2 / (2 * num), 1 + _Z**2 / num
    spread = _Z * sqrt(share * (1 - share) / num + _Z**2 / (4 * num**2))
    return Interval(share, (centre - spread) / scale, (centre + spread) / scale)


def leads(runs: Sequence[Run]) -> dict[int, Interval]:
    """Return by how much the search is ahead at each number of examples, over those seeds that have both modes."""
    shares = {(run.num_examples, run.mode, run.seed): run.optimal for run in runs}
    found: dict[int, list[float]] = {}
    for num_examples, mode, seed in sorted(shares):
        if mode == "trace" and (num_examples, "plan", seed) in shares:
            ahead = shares[num_examples, mode, seed] - shares[num_examples, "plan", seed]
            found.setdefault(num_examples, []).append(ahead)
    return {num_examples: over_seeds(values) for num_examples, values in found.items()}


def told(runs: Sequence[Run]) -> str:
    """Return the curves as a table."""
    found = {(point.mode, point.num_examples): point for point in points(runs)}
    ahead = leads(runs)
    rows = []
    for num_examples in sorted({run.num_examples for run in runs}):
        here = [found.get((mode, num_examples)) for mode in MODES]
        lead = ahead[num_examples].percent() if num_examples in ahead else ""
        seeds = max(point.num_seeds for point in here if point)
        rows.append((num_examples, *(point and point.optimal.percent() for point in here), lead, seeds))
    head = ("examples", *(f"{name}: optimal %" for name in MODES.values()), "ahead by", "seeds")
    return timing.markdown(head, rows)


def as_json(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the curves as JSON has them."""
    return {
        "points": [asdict(point) for point in points(runs)],
        "leads": {str(num): asdict(lead) for num, lead in leads(runs).items()},
        "runs": [asdict(run) for run in runs],
    }


def draw(file: Path, runs: Sequence[Run], title: str) -> None:
    """Draw both curves with their intervals, and each run as a dot (extra `plots`)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(8, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    for mode, name in MODES.items():
        curve = [point for point in points(runs) if point.mode == mode]
        if not curve:
            continue
        # Side by side, so that no interval hides another.
        aside = 1.02 if mode == "trace" else 1 / 1.02
        places = [point.num_examples * aside for point in curve]
        values = [100 * point.optimal.value for point in curve]
        ends = [point.optimal for point in curve]
        errors = [[100 * (end.value - end.low) for end in ends], [100 * (end.high - end.value) for end in ends]]
        colour = _COLOURS[mode]
        axis.errorbar(places, values, errors, color=colour, marker="o", markersize=5, capsize=4, label=name)
        dots = [run for run in runs if run.mode == mode]
        across = [run.num_examples * aside**3 for run in dots]
        axis.scatter(across, [100 * run.optimal for run in dots], s=18, color=colour, alpha=0.5, linewidths=0)
    sizes = sorted({run.num_examples for run in runs})
    axis.set(
        title=title, xlabel="examples to learn from", ylabel="optimal answers, one greedy sample (%)", xscale="log"
    )
    axis.set(ylim=(-3, 103))
    axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axis.set_xticks([], minor=True)
    axis.grid(alpha=0.25)
    num_seeds = len({run.seed for run in runs})
    axis.legend(title=f"mean of {num_seeds} seeds, 95 % interval; dots: runs", loc="best")
    figure.savefig(file, dpi=110)
