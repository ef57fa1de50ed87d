import hashlib
import os
import re
import subprocess
import sys
from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.domain import Domain
from planning.maze import MazeDomain, batches, sampling, solving
from planning.traces import Traces
from solvers.chance import SplitMix, derive
from solvers.search import Limits
from tests.maze.mazes import assert_equal_traces

OPTIONS = st.fixed_dictionaries(
    {}, optional={"min_walls": st.integers(0, 30), "max_walls": st.integers(30, 100), "tries": st.integers(1, 12)}
)


@given(
    st.booleans(),
    st.sampled_from(["paper", "terrain"]),
    st.integers(2, 9),
    OPTIONS,
    st.integers(-(2**64), 2**64),
    st.sampled_from([range(3), range(5, 11, 3), range(4, 1, -1), range(0)]),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 12),
)
@settings(max_examples=150, deadline=None)
def test_a_batch_is_what_the_plain_generator_and_single_searches_give(  # noqa: PLR0917  (hypothesis fills them in)
    diagonal: bool,
    generator: str,
    size: int,
    options: dict[str, int],
    seed: int,
    draws: range,
    random_ties: bool,
    blind: bool,
    limit: int | None,
) -> None:
    domain = MazeDomain(diagonal)
    wanted, heuristic = domain.sampling(size, generator, options), "zero" if blind else None
    columns = [
        draw(wanted, draws, seed=seed, heuristic=heuristic, random_ties=random_ties, limits=Limits(limit))
        for draw in (domain.draw_traces, partial(Domain.draw_traces, domain))
    ]
    assert_equal_traces(*columns)


@pytest.mark.parametrize("random_ties", [False, True])
@pytest.mark.parametrize("limit", [None, 0, 4, 9])
def test_searches_that_the_limit_stopped_are_counted(
    monkeypatch: pytest.MonkeyPatch, limit: int | None, random_ties: bool
) -> None:
    domain = MazeDomain()
    wanted = domain.sampling(5, options={"min_walls": 0, "max_walls": 0, "tries": 9})  # all are searched then
    monkeypatch.setattr(batches, "FIRST_ROOM", (1, 1, 1, 7, 7))  # and some more than once
    counts: list[int] = []
    for draw in (domain.draw_traces, partial(Domain.draw_traces, domain)):
        draw(wanted, range(6), seed=4, random_ties=random_ties, limits=Limits(limit), on_stopped=counts.append)
    assert counts[0] == counts[1]
    assert (counts[0] > 0) == (limit is not None)
    assert (counts[0] == 54) == (limit == 0)


@pytest.mark.parametrize("random_ties", [False, True])
def test_a_batch_of_the_papers_size(random_ties: bool) -> None:
    domain = MazeDomain()
    wanted = domain.sampling(20)
    found = domain.draw_traces(wanted, range(3), seed=1, random_ties=random_ties)
    assert_equal_traces(found, Domain.draw_traces(domain, wanted, range(3), seed=1, random_ties=random_ties))
    assert len(found) > 30


def test_corridors_that_are_just_long_enough_are_kept() -> None:
    domain = MazeDomain()
    wanted = domain.sampling(4, options={"min_walls": 100, "max_walls": 100, "tries": 20})
    found = domain.draw_traces(wanted, range(100), seed=1)
    assert_equal_traces(found, Domain.draw_traces(domain, wanted, range(100), seed=1))
    created = [int((kinds == 0).sum()) for kinds in np.split(found.kinds, found.event_offsets[1:-1])]
    assert min(created) == 4  # the whole component is the plan


def test_columns_grow_without_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = MazeDomain()
    wanted = domain.sampling(12)
    expected = {ties: domain.draw_traces(wanted, range(20), seed=2, random_ties=ties) for ties in (False, True)}
    monkeypatch.setattr(batches, "FIRST_ROOM", (1, 1, 1, 7, 7))
    monkeypatch.setattr(solving, "_FIRST_HEAP", 1)
    for ties, traces in expected.items():
        assert_equal_traces(domain.draw_traces(wanted, range(20), seed=2, random_ties=ties), traces)


def test_a_draw_depends_on_its_number_alone() -> None:
    domain = MazeDomain()
    wanted = domain.sampling(9)
    parts = [domain.draw_traces(wanted, range(at, at + 5), seed=3) for at in (10, 15)]
    assert_equal_traces(domain.draw_traces(wanted, range(10, 20), seed=3), Traces.concatenate(parts, 1))


def test_a_time_limit_goes_search_by_search() -> None:
    domain = MazeDomain()
    wanted = domain.sampling(6)
    timed = domain.draw_traces(wanted, range(4), seed=3, limits=Limits(time_limit_s=60))
    assert_equal_traces(timed, domain.draw_traces(wanted, range(4), seed=3))


@pytest.mark.parametrize("size", [3, 7, 10, 13, 30])
def test_the_papers_numbers_of_walls(size: int) -> None:
    n = size * size
    assert sampling.wall_counts(MazeDomain().sampling(size)) == (3 * (n // 10), 5 * (n // 10))


def test_numbers_of_walls_and_walls_are_uniform() -> None:
    wanted = MazeDomain().sampling(5, options={"tries": 1})
    counts, cells = [0] * 25, [0] * 25
    for draw in range(2000):
        maze = next(sampling.paper(wanted, SplitMix(derive(9, draw))))
        counts[maze.terrain.count(0)] += 1
        for cell, cost in enumerate(maze.terrain):
            cells[cell] += cost == 0
    assert [count > 0 for count in counts] == [6 <= walls <= 10 for walls in range(25)]
    # Standard deviations: 18 of 400, and 21 of 640.
    assert all(abs(count - 400) < 80 for count in counts if count)
    assert all(abs(count - 640) < 100 for count in cells)


@given(st.integers(2, 8), st.integers(0, 2**64 - 1))
@settings(max_examples=50, deadline=None)
def test_pairs_are_of_two_free_cells_on_one_set_of_walls(size: int, seed: int) -> None:
    problems = list(sampling.paper(MazeDomain().sampling(size), SplitMix(seed)))
    assert len(problems) == 100
    assert len({maze.terrain for maze in problems}) == 1
    assert all(maze.start != maze.goal for maze in problems)


def test_every_pair_is_as_likely() -> None:
    wanted = MazeDomain().sampling(2, options={"tries": 12_000})
    pairs = [(maze.start, maze.goal) for maze in sampling.paper(wanted, SplitMix(4))]
    assert len(set(pairs)) == 12
    assert all(abs(pairs.count(pair) - 1000) < 150 for pair in set(pairs))  # a standard deviation is 30


def test_terrain_costs_from_1_to_9() -> None:
    maze = next(sampling.terrain(MazeDomain().sampling(30), SplitMix(1)))
    assert set(maze.terrain) == set(range(10))


def test_walls_everywhere_leave_nothing_to_sample() -> None:
    full = MazeDomain().sampling(10, options={"min_walls": 100, "max_walls": 100})
    assert list(sampling.paper(full, SplitMix(1))) == []
    assert len(MazeDomain().draw_traces(full, range(3), seed=1)) == 0


@pytest.mark.parametrize(
    ("generator", "options", "message"),
    [
        (
            "paper",
            {"loops": 5},
            "paper has no option loops (here 5), which is for dfs and wilson: it takes min_walls, ",
        ),
        ("wilson", {"tries": 3}, "wilson has no option tries (here 3), which is for paper and terrain: it takes loops"),
    ],
)
def test_what_a_generator_would_ignore_is_refused(generator: str, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        MazeDomain().sampling(10, generator, options)
    usual = MazeDomain().sampling(10, generator)
    # What a manifest or a card says can be repeated.
    assert MazeDomain().sampling(10, generator, usual.options) == usual


@pytest.mark.parametrize("options", [{"min_walls": 60}, {"max_walls": 29}, {"max_walls": 101}])
def test_shares_of_walls_that_do_not_fit(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"are per cent: 0 ≤ min_walls ≤ max_walls ≤ 100"):
        MazeDomain().sampling(10, options=options)


def digest() -> str:
    """Return the sha256 of traces of every generator; run with and without compilation, under any hash seed."""
    sha, domain = hashlib.sha256(), MazeDomain()
    for generator in domain.generators:
        wanted = domain.sampling(7, generator, {"tries": 10} if generator in ("paper", "terrain") else {})
        for ties in (False, True):
            traces = domain.draw_traces(wanted, range(4), seed=8, random_ties=ties)
            for field in fields(Traces):
                sha.update(getattr(traces, field.name).tobytes())
    return sha.hexdigest()


@pytest.mark.parametrize("environment", [{"PYTHONHASHSEED": "7"}, {"PYTHONHASHSEED": "8", "NUMBA_DISABLE_JIT": "1"}])
def test_another_process_writes_the_same_bytes(environment: dict[str, str]) -> None:
    script = "from tests.maze.test_sampling import digest; print(digest())"
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == digest()
