"""Pictures of a search and its plan, of any domain: PNG, and GIF to watch it. Needs matplotlib (the extra `plots`).

Nothing global is touched: no pyplot, no settings. The same search gives the same bytes.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.text import Text
from PIL import Image

from planning.domain import Domain
from planning.scene import BOXES, Cell, Scene
from planning.traces import Traces

DPI = 100
BOARD_PX, MOVING_BOARD_PX = 800, 480
MAX_CELL_PX, MIN_PX_OF_LETTERS, MIN_PX_OF_EDGES = 72, 14, 8
MAX_PANELS, PANELS_IN_A_ROW = 12, 4
MAX_SEARCH_FRAMES = MAX_PLAN_FRAMES = 40
FRAME_MS, LAST_FRAME_MS = 90, 2500

_INK, _PAPER = (0.16, 0.17, 0.20), (1.0, 1.0, 1.0)
_PLAN, _START, _GOAL, _BOX_WAY = "#e4003a", "#1769ff", "#ffb000", "#9a6a2c"
_SEEN = colormaps["viridis"]
_TINTS = _SEEN(np.linspace(0, 1, 256))[:, :3]
_POINT_PX = DPI / 72


def draw(domain: Domain[Any, Any], traces: Traces, status: str = "") -> bytes:
    """Return a PNG of one search (`traces` of length 1): the problem, what was expanded in which order, and the plan.

    Where a state is more than the place of the mover, the expansions are shown beside the board, by g and h. Where the
    mover is a hole among things that slide, the plan is a series of panels.
    """
    scene = Scene.of(domain, traces)
    figure = _story(scene, status) if scene.is_hole else _board(scene, status)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def animate(domain: Domain[Any, Any], traces: Traces, status: str = "") -> bytes:
    """Return a GIF of one search (`traces` of length 1): the expansions one after the other, then the plan.

    However long they are, there are at most 40 frames of each.
    """
    scene = Scene.of(domain, traces)
    film = _Film(scene, status)
    frames = [film.frame(*moment) for moment in _moments(scene)]
    palette = _palette(frames)
    first, *rest = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    buffer = io.BytesIO()
    durations = [FRAME_MS] * len(rest) + [LAST_FRAME_MS]
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Page:
    """A figure whose parts are placed in pixels from its upper left corner, so that cells are whole pixels."""

    figure: Figure
    width: int
    height: int

    @staticmethod
    def of(width: int, height: int) -> "_Page":
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=_PAPER)
        FigureCanvasAgg(figure)
        return _Page(figure, width, height)

    def axes(self, left: int, top: int, width: int, height: int) -> Axes:
        bottom = self.height - top - height
        return self.figure.add_axes((left / self.width, bottom / self.height, width / self.width, height / self.height))

    def write(self, left: int, top: int, text: str, **style: Any) -> Text:
        return self.figure.text(left / self.width, 1 - top / self.height, text, va="top", color=_INK, **style)

    def head(self, title: str, facts: str) -> None:
        self.write(_LEFT, 18, title, size=13, weight="bold")
        self.write(_LEFT, 44, facts, size=10)

    def key(self, top: int, handles: Sequence[Line2D]) -> None:
        """Say below a board what the marks in it mean."""
        self.figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=((_LEFT - 6) / self.width, 1 - top / self.height),
            ncols=max(1, len(handles)),
            frameon=False,
            fontsize=9,
            labelcolor=_INK,
            handletextpad=0.5,
            columnspacing=1.6,
            borderaxespad=0,
        )

    def bar(self, left: int, top: int, height: int, num_closed: int) -> None:
        """Say which colour is which expansion."""
        axes = self.axes(left, top, 14, height)
        scale = self.figure.colorbar(ScalarMappable(Normalize(1, max(2, num_closed)), _SEEN), cax=axes)
        scale.set_label("order of expansion", size=9, color=_INK)
        scale.outline.set_visible(False)
        axes.tick_params(labelsize=8, length=2, colors=_INK)


_LEFT, _TOP, _RIGHT, _BOTTOM = 28, 76, 28, 50
_BAR_PX, _CHART_PX, _MIN_PAGE_PX = 92, 380, 420


def _board(scene: Scene, status: str) -> Figure:
    """Return a figure of the problem, its search and its plan in one board."""
    cell_px, (width, height) = _sizes(scene, BOARD_PX)
    beside = 0 if not scene.num_closed else _BAR_PX if scene.is_map else _CHART_PX + _BAR_PX
    page = _Page.of(max(_LEFT + width + beside + _RIGHT, _MIN_PAGE_PX), _TOP + height + _BOTTOM)
    page.head(scene.title(), scene.facts(status))
    axes = page.axes(_LEFT, _TOP, width, height)
    _paint(axes, scene, cell_px, scene.states[0], scene.num_closed)
    if scene.has_boxes and scene.cost is not None:
        _draw_boxes_ways(axes, scene, cell_px)
    _line(axes, scene.way(), cell_px, 0.10 if scene.has_boxes else 0.2)
    if scene.is_map:
        _ends(axes, scene, cell_px)
    page.key(_TOP + height + 10, _marks(scene))
    if scene.num_closed and not scene.is_map:
        _chart(page.axes(_LEFT + width + 70, _TOP, _CHART_PX - 70, height), scene)
    if scene.num_closed:
        page.bar(_LEFT + width + beside - _BAR_PX + 18, _TOP, height, scene.num_closed)
    return page.figure


def _story(scene: Scene, status: str) -> Figure:
    """Return a figure of states along the plan, panel by panel, and of the search beside them."""
    steps = _spread(len(scene.states) - 1, MAX_PANELS)
    columns = min(len(steps), PANELS_IN_A_ROW)
    rows = math.ceil(len(steps) / columns)
    cell_px, (width, height) = _sizes(scene, 190)
    gap, caption = 24, 30
    across, down = columns * (width + gap) - gap, rows * (height + caption + gap) - gap
    beside = _CHART_PX + _BAR_PX if scene.num_closed else 0
    down = max(down, 220 if beside else 0)
    page = _Page.of(max(_LEFT + across + beside + _RIGHT, _MIN_PAGE_PX), _TOP + down + _RIGHT)
    page.head(scene.title(), scene.facts(status))
    for place, step in enumerate(steps):
        left, top = _LEFT + place % columns * (width + gap), _TOP + place // columns * (height + caption + gap)
        page.write(left, top, "start" if step == 0 else f"step {step}", size=9)
        _paint(page.axes(left, top + 20, width, height), scene, cell_px, scene.states[step], 0)
    if beside:
        _chart(page.axes(_LEFT + across + 70, _TOP + 20, _CHART_PX - 70, down - 60), scene)
        page.bar(_LEFT + across + _CHART_PX + 18, _TOP + 20, down - 60, scene.num_closed)
    return page.figure


def _sizes(scene: Scene, most_px: int) -> tuple[int, tuple[int, int]]:
    """Return the pixels of a cell, and of the board."""
    width, height = scene.extent
    cell_px = max(1, min(MAX_CELL_PX, most_px // max(width, height)))
    return cell_px, (width * cell_px, height * cell_px)


def _spread(last: int, most: int) -> list[int]:
    """Return at most so many whole numbers from 0 to `last`, both included, evenly spread."""
    count = min(last + 1, most)
    return [i * last // max(1, count - 1) for i in range(count)]


def _marks(scene: Scene) -> list[Line2D]:
    def mark(label: str, marker: str, colour: str, size: int) -> Line2D:
        return Line2D([], [], ls="", marker=marker, color=colour, ms=size, label=label, mec="w")

    if scene.is_map:
        marks = [mark("start", "o", _START, 9), mark("goal", "*", _GOAL, 14)]
    else:
        marks = [mark("worker", "o", _START, 9), mark("at the end", "o", "w", 7)]
        marks[1].set(markeredgecolor=_START, markeredgewidth=2)
    if scene.cost is None:
        return marks[:1]
    marks.append(Line2D([], [], color=_PLAN, lw=2.5, label="plan"))
    return marks + ([Line2D([], [], color=_BOX_WAY, lw=6, alpha=0.6, label="boxes")] if scene.has_boxes else [])


def _paint(axes: Axes, scene: Scene, cell_px: int, state: Any, num_shown: int) -> None:
    """Paint a state, with the first expansions, into axes whose units are cells."""
    width, height = scene.extent
    image = scene.colours(state, num_shown, _TINTS)
    axes.imshow(image, interpolation="nearest", extent=(-0.5, width - 0.5, height - 0.5, -0.5), aspect="auto")
    axes.set_axis_off()
    if cell_px >= MIN_PX_OF_EDGES:
        axes.vlines(np.arange(width + 1) - 0.5, -0.5, height - 0.5, color=_INK, alpha=0.1, lw=0.6, zorder=2)
        axes.hlines(np.arange(height + 1) - 0.5, -0.5, width - 0.5, color=_INK, alpha=0.1, lw=0.6, zorder=2)
    axes.add_patch(
        Rectangle((-0.5, -0.5), width, height, fill=False, ec=_INK, alpha=0.4, lw=1, clip_on=False, zorder=2)
    )
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    if scene.has_boxes:
        _things(axes, scene, state)
    elif cell_px >= MIN_PX_OF_LETTERS:
        _letters(axes, scene, state, cell_px)


def _things(axes: Axes, scene: Scene, state: Any) -> None:
    """Draw the boxes and the worker: what can move stands on the floor."""
    grid, glyphs = scene.grid(state), scene.domain.glyphs
    for y, x in np.argwhere(np.isin(grid, [glyphs.index(glyph) for glyph in BOXES])).tolist():
        colour = np.array(scene.domain.colours[grid[y, x]]) / 255
        shape = "round,pad=0.05,rounding_size=0.1"
        axes.add_patch(
            FancyBboxPatch((x - 0.29, y - 0.29), 0.58, 0.58, shape, fc=colour, ec=0.55 * colour, lw=1.5, zorder=4)
        )
    axes.add_patch(Circle(scene.position(state), 0.28, fc=_START, ec="w", lw=1.5, zorder=8))


def _letters(axes: Axes, scene: Scene, state: Any, cell_px: int) -> None:
    """Write the numbers of tiles, and what dear cells cost: in a corner, where no plan goes over it."""
    share, shift = (0.30, -0.3) if scene.is_map else (0.42, 0.0)
    for (row, column), value in np.ndenumerate(scene.grid(state)):
        glyph = scene.domain.glyphs[value]
        if glyph.isdigit() or (scene.is_hole and glyph != " "):
            size = share * cell_px / _POINT_PX
            axes.text(column + shift, row + shift, glyph, size=size, ha="center", va="center", color=_INK, zorder=3)


def _line(axes: Axes, way: Sequence[Cell], cell_px: int, share: float) -> None:
    """Draw the plan with a white casing, so that it is seen on every colour."""
    width = min(max(1.8, share * cell_px), 9) / _POINT_PX
    xs, ys = zip(*way, strict=True)
    round_ends: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
    axes.plot(xs, ys, color="w", lw=width + min(max(1.2, 0.5 * width), 2.5), zorder=5, **round_ends)
    axes.plot(xs, ys, color=_PLAN, lw=width, zorder=6, **round_ends)


def _draw_boxes_ways(axes: Axes, scene: Scene, cell_px: int) -> None:
    for way in scene.pushed():
        xs, ys = zip(*way, strict=True)
        width = 0.34 * cell_px / _POINT_PX
        axes.plot(xs, ys, color=_BOX_WAY, lw=width, alpha=0.5, zorder=3, solid_capstyle="round")
        axes.add_patch(Circle(way[-1], 0.3, fill=False, ec=_BOX_WAY, lw=2, zorder=3))
    axes.add_patch(Circle(scene.position(scene.states[-1]), 0.18, fc="w", ec=_START, lw=2.5, zorder=7))


def _ends(axes: Axes, scene: Scene, cell_px: int) -> None:
    """Mark where the plan begins and ends."""
    size = min(max(9, 0.55 * cell_px), 26) / _POINT_PX
    style: dict[str, Any] = {"mec": "w", "mew": max(0.8, size / 14), "zorder": 9, "clip_on": False}
    axes.plot(*scene.position(scene.states[0]), marker="o", color=_START, ms=size, **style)
    if scene.cost is not None:
        axes.plot(*scene.position(scene.states[-1]), marker="*", color=_GOAL, ms=1.7 * size, **style)


def _chart(axes: Axes, scene: Scene) -> None:
    """Show when states of each g and h were first expanded."""
    g, h = scene.closed_g, scene.closed_h
    first = np.zeros((int(h.max()) + 1, int(g.max()) + 1), np.int64)
    order = np.arange(len(g), 0, -1)
    first[h[::-1], g[::-1]] = order
    image = np.ones((*first.shape, 3))
    image[first > 0] = scene.tinted(first[first > 0], _TINTS)
    right, upper = first.shape[1] - 0.5, first.shape[0] - 0.5
    axes.imshow(image, interpolation="nearest", origin="lower", extent=(-0.5, right, -0.5, upper), aspect="auto")
    axes.set_xlabel("cost so far (g)", size=9, color=_INK)
    axes.set_ylabel("estimate of the rest (h)", size=9, color=_INK)
    axes.set_title("first expansion of a state with this g and h", size=9, color=_INK, loc="left")
    axes.tick_params(labelsize=8, length=2, colors=_INK)
    axes.locator_params(integer=True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _moments(scene: Scene) -> Iterator[tuple[int, int | None]]:
    """Yield what each frame shows: the number of expansions, and that of the plan's steps (None: no plan yet)."""
    if scene.is_map:
        for shown in _spread(scene.num_closed, MAX_SEARCH_FRAMES):
            yield shown, None
    if scene.cost is not None or not scene.is_map:
        for step in _spread(len(scene.states) - 1, MAX_PLAN_FRAMES):
            yield scene.num_closed, step


def _palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return an image with one palette for all frames: nothing that stands still flickers, no mark loses its colour."""
    sample = Image.fromarray(np.concatenate([np.asarray(frames[i]) for i in (0, len(frames) // 2, -1)]))
    marks = [round(255 * part) for colour in (_PAPER, _INK, _PLAN, _START, _GOAL, _BOX_WAY) for part in to_rgb(colour)]
    found = (sample.quantize(250, dither=Image.Dither.NONE).getpalette() or [])[: 3 * 250]
    palette = Image.new("P", (1, 1))
    palette.putpalette(marks + found)
    return palette


class _Film:
    """One page on which frame after frame is painted: a new one for each would take most of the time."""

    def __init__(self, scene: Scene, status: str) -> None:
        self.scene, self.status = scene, status
        self.cell_px, (width, height) = _sizes(scene, MOVING_BOARD_PX)
        self.page = _Page.of(max(2 * 12 + width, 320), 62 + height + 12)
        self.page.write(12, 12, scene.title(), size=11, weight="bold")
        self.now = self.page.write(12, 36, "", size=9)
        self.axes = self.page.axes(12, 62, width, height)

    def frame(self, num_shown: int, step: int | None) -> Image.Image:
        """Return a picture of the first expansions, and of the first steps of the plan."""
        scene, axes, last = self.scene, self.axes, len(self.scene.states) - 1
        for artist in (*axes.images, *axes.collections, *axes.patches, *axes.lines, *axes.texts):
            artist.remove()
        now = f"expanding {num_shown:,} of {scene.num_closed:,}" if step is None else f"step {step:,} of {last:,}"
        self.now.set_text(scene.facts(self.status) if step == last else now)
        shown = scene.states[0] if scene.is_map else scene.states[step or 0]
        _paint(axes, scene, self.cell_px, shown, num_shown)
        if scene.is_map:
            _ends(axes, scene, self.cell_px)
            if step is not None:
                _line(axes, scene.way(step), self.cell_px, 0.2)
        buffer = io.BytesIO()
        self.page.figure.savefig(buffer, format="rgba", dpi=DPI)
        pixels = np.frombuffer(buffer.getvalue(), np.uint8)
        return Image.fromarray(np.ascontiguousarray(pixels.reshape(self.page.height, self.page.width, 4)[:, :, :3]))
