"""Pictures: the right cells have the right colours, the same search has the same bytes, and none is too large."""

import io
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from planning.domain import Domain
from planning.domains import DOMAINS
from planning.picture import BOARD_PX, LAST_FRAME_MS, MAX_PLAN_FRAMES, MAX_SEARCH_FRAMES, animate, draw
from planning.reading import problems_in
from planning.scene import Scene
from planning.traces import Traces
from solvers.chance import SplitMix
from solvers.search import CLOSE

LEVEL = "#######\n#     #\n#@$ . #\n# .$  #\n#######\n"
MAZE = "S.#....\n..#.##.\n.##.#..\n.....#.\n.####..\n....#.G\n"
TILES = "3 1 2\n4 7 5\n6 8 0\n"
SMALL_MAZE = "S.#\n..#\n..G\n"
LEFT, TOP = 28, 76


def searched(text: str, domain: str = "auto") -> tuple[Domain[Any, Any], Traces]:
    chosen, (problem,) = problems_in(text, "text", domain)
    traces = chosen.search(problem, heuristic=next(iter(chosen.heuristics))).traces
    assert traces is not None
    return chosen, traces


def sampled(name: str, size: int) -> tuple[Domain[Any, Any], Traces]:
    domain = DOMAINS[name]
    sampling = domain.sampling(size)
    for seed in range(100):
        for problem in domain.generators[sampling.generator](sampling, SplitMix(seed)):
            found = domain.search(problem)
            if found.traces is not None and found.result.solution is not None:
                return domain, found.traces
    raise AssertionError


def opened(content: bytes) -> Any:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("name", DOMAINS)
@pytest.mark.parametrize("size", [2, 7])
def test_every_domain_is_drawn(name: str, size: int) -> None:
    sizes = {"sokoban": (6, 7), "tiles": (2, 3)}.get(name, (2, 7))
    domain, traces = sampled(name, sizes[size > 2])
    assert opened(draw(domain, traces)).format == "PNG"
    moving = opened(animate(domain, traces))
    assert moving.format == "GIF"
    assert 1 <= moving.n_frames <= MAX_SEARCH_FRAMES + MAX_PLAN_FRAMES


@pytest.mark.parametrize("text", [SMALL_MAZE, LEVEL, TILES])
def test_the_same_search_has_the_same_bytes(text: str) -> None:
    domain, traces = searched(text)
    assert draw(domain, traces, "OPTIMAL") == draw(domain, traces, "OPTIMAL")
    assert animate(domain, traces) == animate(domain, traces)


def test_the_bytes_tell_neither_time_nor_maker() -> None:
    domain, traces = searched(MAZE)
    picture = opened(draw(domain, traces))
    picture.load()
    assert set(picture.info) <= {"dpi"}


def test_walls_are_dark_and_cells_that_were_never_seen_are_not_tinted() -> None:
    domain, traces = searched("S.#\n..#\n.G#\n" + "###\n" * 2 + "...\n")
    cell, pixels = 72, np.asarray(opened(draw(domain, traces)).convert("RGB"))

    def at(x: int, y: int) -> tuple[int, ...]:
        return tuple(pixels[TOP + y * cell + cell // 5, LEFT + x * cell + cell // 5].tolist())

    assert at(2, 0) == at(0, 3) == domain.colours[domain.glyphs.index("#")]
    assert at(0, 5) == at(2, 5) == domain.colours[domain.glyphs.index(".")]
    assert at(0, 0) != domain.colours[domain.glyphs.index("S")]


def test_cells_are_whole_pixels() -> None:
    domain, traces = sampled("maze", 30)
    pixels = np.asarray(opened(draw(domain, traces)).convert("RGB"))
    cell = BOARD_PX // 30
    wall = np.array(domain.colours[0])
    problem = domain.problem(traces.codes.tolist())
    grid = domain.grid(problem, problem.initial)
    for y, x in np.argwhere(grid == 0).tolist():
        middle = pixels[TOP + y * cell + 2 : TOP + (y + 1) * cell - 2, LEFT + x * cell + 2 : LEFT + (x + 1) * cell - 2]
        assert (middle == wall).all()


@pytest.mark.parametrize("text", [MAZE, LEVEL, TILES])
def test_a_scene_knows_when_a_cell_was_seen_first(text: str) -> None:
    domain, traces = searched(text)
    scene = Scene.of(domain, traces)
    problem = domain.problem(traces.codes.tolist())
    number, first = 0, dict[tuple[int, int], int]()
    for kind, codes in zip(traces.kinds.tolist(), traces.states.tolist(), strict=True):
        if kind == CLOSE:
            number += 1
            first.setdefault(domain.position(problem, domain.state(problem, codes)), number)
    assert scene.num_closed == number
    assert {(x, y): int(n) for (y, x), n in np.ndenumerate(scene.closed) if n} == first


def test_the_colours_go_with_the_order_of_expansion() -> None:
    domain, traces = searched(MAZE)
    scene = Scene.of(domain, traces)
    ramp = np.linspace(0, 1, 50)[:, None] * np.ones((1, 3))
    colours = scene.colours(scene.states[0], scene.num_closed, ramp)
    problem = domain.problem(traces.codes.tolist())
    free = scene.grid(problem.initial) == domain.glyphs.index(".")
    seen = (scene.closed > 0) & free
    order = scene.closed[seen]
    shades = colours[..., 0][seen]
    assert (np.diff(shades[np.argsort(order)]) >= 0).all()
    bare = scene.colours(scene.states[0], 0, ramp)
    for num_shown in (1, scene.num_closed // 2):
        some = scene.colours(scene.states[0], num_shown, ramp)
        is_tinted = (scene.closed > 0) & (scene.closed <= num_shown)
        assert (some[is_tinted] == colours[is_tinted]).all()
        assert (some[~is_tinted] == bare[~is_tinted]).all()
        assert (some[is_tinted] != bare[is_tinted]).any(axis=-1).all()


def test_the_ways_of_boxes_end_where_the_boxes_end() -> None:
    domain, traces = searched(LEVEL)
    scene = Scene.of(domain, traces)
    width, _ = scene.extent
    first, last = set(scene.states[0][1:]), set(scene.states[-1][1:])
    moved = {way[0][1] * width + way[0][0] for way in scene.pushed()}
    arrived = {way[-1][1] * width + way[-1][0] for way in scene.pushed()}
    assert (first - moved) | arrived == last
    assert moved <= first
    for way in scene.pushed():
        assert all(abs(x - u) + abs(y - v) == 1 for (x, y), (u, v) in pairwise(way))


def test_who_pushes_nothing_leaves_no_ways() -> None:
    for text in (MAZE, TILES):
        assert Scene.of(*searched(text)).pushed() == []


def test_what_is_told_above_a_picture() -> None:
    domain, traces = searched(MAZE)
    scene = Scene.of(domain, traces)
    assert scene.title() == "maze 7 × 6"
    assert scene.facts("OPTIMAL") == f"OPTIMAL · cost 17 · {scene.num_closed} states expanded"
    octile, diagonal = searched("S..\n...\n..G\n", "octile")
    assert "cost 2.828" in Scene.of(octile, diagonal).facts("")


@pytest.mark.parametrize("text", [SMALL_MAZE, LEVEL, TILES])
def test_a_search_without_a_plan_and_a_plan_without_a_search_are_drawn(text: str) -> None:
    domain, traces = searched(text)
    problem = domain.problem(traces.codes.tolist())
    width = domain.state_width(problem)
    plan = traces.plans.tolist()
    unsearched = Traces.of(traces.codes.tolist(), plan, int(traces.costs[0]), [], width)
    unplanned = replace(
        traces, plans=traces.plans[:0], plan_offsets=np.zeros(2, np.int64), costs=np.array([-1], np.int32)
    )
    for one in (unsearched, unplanned):
        assert opened(draw(domain, one, "UNKNOWN")).format == "PNG"
        assert opened(animate(domain, one, "UNKNOWN")).format == "GIF"


def test_a_problem_that_starts_in_a_goal_is_drawn() -> None:
    for text in ("0 1 2\n3 4 5\n6 7 8\n", "#####\n#@ *#\n#####\n"):
        domain, traces = searched(text)
        assert opened(draw(domain, traces)).format == "PNG"
        assert opened(animate(domain, traces)).n_frames >= 1


def test_a_large_map_stays_small() -> None:
    free = "S" + "." * 149 + "\n" + ("." * 150 + "\n") * 98 + "." * 149 + "G\n"
    domain, traces = searched(free)
    picture, moving = draw(domain, traces), animate(domain, traces)
    assert max(opened(picture).size) <= 1000
    assert len(picture) < 500_000
    assert len(moving) < 3_000_000
    assert opened(moving).n_frames <= MAX_SEARCH_FRAMES + MAX_PLAN_FRAMES


def test_the_last_frame_stays_and_shows_the_whole_plan() -> None:
    domain, traces = searched(TILES)
    moving = opened(animate(domain, traces, "OPTIMAL"))
    moving.seek(moving.n_frames - 1)
    assert moving.info["duration"] == LAST_FRAME_MS
    assert moving.info["loop"] == 0


def test_one_picture_shows_one_search() -> None:
    domain, traces = searched(MAZE)
    with pytest.raises(ValueError, match="one search, not 2"):
        draw(domain, Traces.concatenate([traces, traces], traces.states.shape[1]))


def test_pictures_are_drawn_in_any_thread_and_leave_no_trace_in_matplotlib() -> None:
    script = (
        "import matplotlib; before = dict(dict.items(matplotlib.rcParams))\n"
        "from tests.planning.test_picture import MAZE, searched; from planning.picture import draw\n"
        "draw(*searched(MAZE))\n"
        "assert before == dict(dict.items(matplotlib.rcParams))\n"
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, cwd=root)
    domain, traces = searched(MAZE)
    expected, found = draw(domain, traces), list[bytes]()
    threads = [threading.Thread(target=lambda: found.append(draw(domain, traces))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected, expected]
