"""The pictures of the benchmarks (extra `plots`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = "twofold"
_COLOURS = ("#d1495b", "#edae49", "#66a182", "#4ea5d9", "#1d5fa8", "#7b5ea7", "#a1662f", "#e07be0", "#9aa500")
_DASHES = ("-", "--", ":", "-.", (0, (1, 4)))


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: what is along x, and a curve of points for each name."""

    title: str
    x: str
    curves: Mapping[str, Sequence[tuple[float, float]]]


def lines(file: Path, panels: Sequence[Panel], y: str, *, is_log: bool = True) -> None:
    """Draw panels side by side over one y axis, logarithmic or not; our curves are black, thick, and told by dashes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (an extra)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(4.6 * len(panels) + 3, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    styles = _styles(list(dict.fromkeys(name for panel in panels for name in panel.curves)))
    for axis, panel in zip(axes, panels, strict=True):
        for name, points in panel.curves.items():
            axis.plot(*zip(*sorted(points), strict=True), label=name, **styles[name])
        axis.set(title=panel.title, xlabel=panel.x)
        if is_log:
            _scale(axis, sorted({place for points in panel.curves.values() for place, _ in points}))
        axis.grid(which="both", alpha=0.25)
    axes[0].set_ylabel(y)
    handles = {handle.get_label(): handle for axis in axes for handle in axis.get_lines()}
    figure.legend(list(handles.values()), list(handles), loc="outside right center", handlelength=3.5)
    figure.savefig(file, dpi=110)


def _scale(axis: Any, places: Sequence[float]) -> None:
    axis.set(xscale="log", yscale="log")
    axis.set_xticks(places, [f"{place:g}" for place in places])
    axis.set_xticks([], minor=True)


def _styles(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    ours = [name for name in names if name.startswith(OURS)]
    others = [name for name in names if name not in ours]
    styles: dict[str, dict[str, Any]] = {}
    for place, name in enumerate(ours):
        styles[name] = {"color": "black", "linewidth": 2.4, "linestyle": _DASHES[place % len(_DASHES)], "zorder": 3}
    for place, name in enumerate(others):
        styles[name] = {"color": _COLOURS[place % len(_COLOURS)], "linewidth": 1.2, "marker": "o", "markersize": 3.5}
    return styles
