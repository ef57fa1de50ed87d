"""What the rounds of an improvement came to: a record each, as JSON and CSV, as a table, and drawn."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from data.manifest import write_whole
from searchformer.improvement_sampling import Part
from searchformer.metrics import NOTHING, Figure
from searchformer.report import Report

TABLE, PICTURE = "rounds.csv", "rounds.png"
_FIGURES: Final = ("optimal", "solved", "trace_tokens", "length_vs_astar", "ilr_on_optimal", "ilr_on_solved")


@dataclass(frozen=True, slots=True)
class Sampled:
    """What the samples of a round came to.

    `solved` and `optimal` are shares of samples, `any_optimal` is the share of problems with at least one of them.
    `improved` is the number of problems with a shorter answer than before. `learned_vs_astar` is the mean length of the
    traces that are learned from now on, by that of A*'s of the same problems. `network_s` were spent on generation,
    `other_s` on all else, waiting included, by all processes together.
    """

    problems: int
    samples: int
    solved: float
    optimal: float
    any_optimal: float
    improved: int
    learned_vs_astar: float
    tokens: int
    network_s: float
    other_s: float

    @property
    def share_improved(self) -> float:
        """Return the share of problems with a shorter answer than before."""
        return self.improved / self.problems

    @property
    def share_outside(self) -> float:
        """Return the share of the time that was not spent on generation."""
        return self.other_s / (self.network_s + self.other_s)


@dataclass(frozen=True, slots=True)
class Round:
    """A round that is complete: what was sampled and learned (None in round 0, which is the beginning), and measured.

    `model` is the sha256 of the weights that were measured on held-out problems, and `data` that of the manifest they
    were fine-tuned on. The figures are strict; `length_vs_astar` is the ratio of mean lengths over the problems with an
    optimal answer.
    """

    number: int
    model: str
    data: str | None
    sampled: Sampled | None
    steps: int
    learned_tokens: int
    learned_s: float
    evaluated: int
    evaluated_tokens: int
    optimal: Figure
    solved: Figure
    trace_tokens: Figure
    length_vs_astar: Figure
    ilr_on_optimal: Figure
    ilr_on_solved: Figure

    @property
    def tokens(self) -> int:
        """Return all tokens that the round took: sampled, learned and evaluated."""
        return self.learned_tokens + self.evaluated_tokens + (self.sampled.tokens if self.sampled else 0)


def sampled_of(parts: Sequence[Part], num_samples: int, other_s: float) -> Sampled:
    """Return what all parts of a round came to; `other_s` went by besides the seconds of the parts."""

    def joined(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    given = np.concatenate([part.answers.given for part in parts])
    learned = np.where(given, np.concatenate([part.answers.trace_lengths for part in parts]), joined("present"))
    network_s = sum(part.network_s for part in parts)
    return Sampled(
        problems=len(given),
        samples=num_samples,
        solved=float(joined("solved").mean() / num_samples),
        optimal=float(joined("optimal").mean() / num_samples),
        any_optimal=float((joined("optimal") > 0).mean()),
        improved=int(given.sum()),
        learned_vs_astar=float(learned.mean() / joined("recorded").mean()),
        tokens=int(joined("tokens").sum()),
        network_s=network_s,
        other_s=sum(part.seconds for part in parts) - network_s + other_s,
    )


def figures_of(report: Report) -> dict[str, Any]:
    """Return what a round keeps of the report of its evaluation."""
    strict = {name: getattr(report.strict, name) for name in _FIGURES if name != "trace_tokens"}
    return {"evaluated": report.n, "evaluated_tokens": report.num_tokens, "trace_tokens": report.trace_tokens, **strict}


def save(file: Path, done: Round) -> None:
    """Write a round as JSON, whole or not at all."""
    write_whole(file, (json.dumps(asdict(done), indent=1) + "\n").encode())


def load(file: Path) -> Round:
    """Read a round; ValueError says that the file is damaged."""
    try:
        content = json.loads(file.read_bytes())
        sampled = content.pop("sampled")
        content |= {name: Figure(**content[name]) for name in _FIGURES}
        return Round(sampled=Sampled(**sampled) if sampled else None, **content)
    except (TypeError, KeyError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file} is damaged ({error!r}): delete it, and the round is completed again") from error


def write_table(out: Path, rounds: Sequence[Round]) -> None:
    """Write a line of figures for each round, as CSV."""
    rows = [dict(_columns(each)) for each in rounds]
    names = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(out / TABLE, stream.getvalue().encode())


def _columns(done: Round) -> Iterator[tuple[str, object]]:
    for name in (each.name for each in fields(Round)):
        value = getattr(done, name)
        if isinstance(value, Figure):
            yield from ((name, value.value), (f"{name}_low", value.low), (f"{name}_high", value.high))
        elif isinstance(value, Sampled):
            yield from ((f"sampled_{each}", number) for each, number in asdict(value).items())
            yield from (("share_improved", value.share_improved), ("share_outside", value.share_outside))
        elif name != "sampled":
            yield name, value
    yield "tokens", done.tokens


def table(rounds: Sequence[Round]) -> str:
    """Return the rounds as a table for people."""
    head = ("round", "optimal", "95 %", "solved", "trace", "vs A*", "95 %", "ILR", "improved", "tokens", "outside")
    rows = [_row(each) for each in rounds]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)]
    return "\n".join(lines) + "\n"


def _row(done: Round) -> tuple[str, ...]:
    sampled = done.sampled
    return (
        str(done.number),
        _percent(done.optimal.value),
        _interval(done.optimal),
        _percent(done.solved.value),
        "–" if done.trace_tokens.value is None else f"{done.trace_tokens.value:,.1f}",
        _percent(done.length_vs_astar.value),
        _interval(done.length_vs_astar),
        "–" if done.ilr_on_optimal.value is None else f"{done.ilr_on_optimal.value:.3f}",
        _percent(sampled.share_improved) if sampled else "–",
        f"{done.tokens:,}",
        _percent(sampled.share_outside) if sampled else "–",
    )


def _interval(figure: Figure) -> str:
    return "–" if figure == NOTHING else f"{_percent(figure.low)} to {_percent(figure.high)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def draw(file: Path, curves: dict[str, Sequence[Round]], title: str = "") -> None:
    """Draw optimal answers, lengths against A*'s and improved problems, round by round (extra `plots`)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra; 300 ms)
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415

    canvas = Canvas(figsize=(13, 4.2), layout="constrained")
    FigureCanvasAgg(canvas)
    panels = {"length_vs_astar": "trace length, of A*'s (%)", "optimal": "optimal answers (%)"}
    axes = canvas.subplots(1, 3)
    for name, rounds in curves.items():
        for axis, figure in zip(axes, panels, strict=False):
            measured = [(each.number, getattr(each, figure)) for each in rounds]
            places = [(number, each) for number, each in measured if each.value is not None]
            middle = [100 * each.value for _, each in places]
            below = [100 * (each.value - each.low) for _, each in places]
            above = [100 * (each.high - each.value) for _, each in places]
            axis.errorbar([number for number, _ in places], middle, [below, above], marker="o", capsize=4, label=name)
        shares = [(each.number, 100 * each.sampled.share_improved) for each in rounds if each.sampled]
        axes[2].plot([number for number, _ in shares], [share for _, share in shares], marker="o", label=name)
    for axis, label in zip(axes, (*panels.values(), "problems with a shorter answer (%)"), strict=True):
        axis.set(xlabel="round", title=label)
        axis.set_xticks(range(max(each.number for rounds in curves.values() for each in rounds) + 1))
        axis.grid(alpha=0.25)
    axes[0].set_ylim(bottom=0)
    if title or len(curves) > 1:
        axes[0].legend()
        canvas.suptitle(title)
    aside = io.BytesIO()
    canvas.savefig(aside, format="png", dpi=110)
    write_whole(file, aside.getvalue())
