"""The picture of a front: its points, joined as steps. Needs matplotlib (the extra `plots`); touches nothing global."""

import io
from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planning.travel.pareto import Front

_DPI = 100
_INK, _POINT = "#2a2b33", "#1769ff"


def draw_front(front: Front, currency: str) -> bytes:
    """Return a PNG of a front: the first two objectives along the axes, the third one, if any, written at the points.

    Raises:
        ValueError: The front has no points.
    """
    if not front.points:
        raise ValueError("a front without points cannot be drawn")
    figure = Figure(figsize=(8, 5.5), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    shown = [[_shown(name, point.scores[name]) for point in front.points] for name in front.objectives]
    across, up = shown[0], shown[1]
    if len(shown) == 2:
        # Between two points the second one's worse score is all that is known to be within reach.
        axis.step(across, up, where="post", color=_INK, linewidth=1.2, alpha=0.6)
    axis.plot(across, up, "o", color=_POINT, markersize=7)
    for place, number in enumerate(_notes(shown)):
        axis.annotate(number, (across[place], up[place]), xytext=(6, 6), textcoords="offset points", color=_INK)
    axis.set(xlabel=_label(front.objectives[0], currency), ylabel=_label(front.objectives[1], currency))
    kind = "The whole front" if front.is_whole else f"{len(front.points)} points of the front"
    written = f", at each point: {_label(front.objectives[2], currency)}" if len(shown) > 2 else ""
    axis.set_title(f"{kind}: no trip is better in one and as good in the rest{written}", fontsize=10)
    axis.grid(alpha=0.25)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _notes(shown: Sequence[Sequence[float]]) -> list[str]:
    """Return what is written at the points: their number, or the third score."""
    if len(shown) > 2:
        return [f"{score:.3g}" for score in shown[2]]
    return [str(number + 1) for number in range(len(shown[0]))]


def _label(name: str, currency: str) -> str:
    return {"cost": f"cost in {currency}", "rating": "stars lost in all", "time": "hours of travel"}[name]


def _shown(name: str, score: int) -> float:
    """Return a score in the unit of its label."""
    return score / {"cost": 100, "rating": 10, "time": 60}[name]
