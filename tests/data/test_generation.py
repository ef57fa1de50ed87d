import hashlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import generation, making
from data import manifest as manifests
from data.generation import generate
from data.making import trace_tokens
from data.manifest import SPLITS
from data.shards import TraceSet
from data.splitting import fingerprints
from planning.domain import Domain
from planning.domains import DOMAINS
from planning.tiles import TilesDomain
from planning.traces import Traces
from solvers.chance import SplitMix, derive
from solvers.search import Limits

TILES = TilesDomain()
EASY = TILES.sampling(3, options={"moves": 9})


def contents(directory: Path) -> dict[str, str]:
    """Return the hash of each file."""
    files = (file for file in directory.rglob("*") if file.is_file())
    return {str(file.relative_to(directory)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def rows(traces: Traces) -> Iterator[tuple[Any, ...]]:
    """Yield all that is known of each search, in plain numbers."""
    for i in range(len(traces)):
        one = traces.select(np.array([i]))
        columns = (one.codes, one.plans, one.costs, one.kinds, one.states, one.g, one.h)
        yield tuple(tuple(column.reshape(-1).tolist()) for column in columns)


def plainly_drawn(domain: Domain[Any, Any], sampling: Any, num: int, seed: int) -> list[tuple[Any, ...]]:
    """Return the first `num` different problems, one draw at a time."""
    found: dict[Any, tuple[Any, ...]] = {}
    draw = 0
    while len(found) < num:
        for row in rows(domain.draw_traces(sampling, range(draw, draw + 1), seed=seed)):
            found.setdefault(row[0], row)
        draw += 1
    return list(found.values())[:num]


def is_sublist(part: list[Any], whole: list[Any]) -> bool:
    rest = iter(whole)
    return all(each in rest for each in part)


@settings(deadline=None, max_examples=15)
@given(
    num=st.integers(1, 30),  # so near to the goal there are not many more
    seed=st.integers(0, 2**64 - 1),
    draws=st.none() | st.integers(1, 40),
    percent=st.integers(0, 99),
    moves=st.integers(7, 9),
)
def test_a_data_set_is_the_first_different_problems_in_the_order_of_draws(
    tmp_path_factory: pytest.TempPathFactory, *, num: int, seed: int, draws: int | None, percent: int, moves: int
) -> None:
    sampling = TILES.sampling(3, options={"moves": moves})
    out = tmp_path_factory.mktemp("any")
    manifest = generate(TILES, sampling, num=num, seed=seed, out=out, draws_per_shard=draws, test_percent=percent)
    expected = plainly_drawn(TILES, sampling, num, seed)
    found = {split: [row for part in TraceSet(out, split) for row in rows(part)] for split in SPLITS}
    assert sorted(found["train"] + found["test"]) == sorted(expected)
    assert all(is_sublist(part, expected) for part in found.values())
    assert (manifest.rows, manifest.complete, manifests.load(out)) == (num, True, manifest)
    assert manifest.max_cost == max(max(*row[5], *row[6]) for row in expected)
    listed = {path for split in SPLITS for path, _ in manifest.paths(split)}
    assert set(contents(out)) == listed | {"manifest.json", "README.md"}


def test_ids_and_sides_stay_what_they_are() -> None:
    # Published data sets depend on these bytes.
    codes = np.arange(9, dtype="<i4")
    traces = TILES.search(TILES.problem(codes.tolist())).traces
    assert traces is not None
    ids, _ = fingerprints(TILES, traces, 10)
    assert bytes(ids[0]) == hashlib.blake2b(b"tiles\0" + codes.tobytes(), digest_size=16).digest()
    assert bytes(ids[0]).hex() == "7938c0f9fe0b54de9ce6cda762f9199f"


def test_layouts_are_on_one_side_whatever_the_seed(tmp_path: Path) -> None:
    maze = DOMAINS["maze"]
    layouts: dict[str, set[bytes]] = {"train": set(), "test": set()}
    counts = dict.fromkeys(SPLITS, 0)
    for seed in range(2):
        generate(
            maze, maze.sampling(5, options={"tries": 3}), num=600, seed=seed, out=tmp_path / str(seed), test_percent=30
        )
        for split in SPLITS:
            traces = TraceSet(tmp_path / str(seed), split).traces(slice(None))
            for start, end in zip(traces.code_offsets[:-1], traces.code_offsets[1:], strict=True):
                layouts[split].add(traces.codes[start + 2 : end].tobytes())
            counts[split] += len(traces)
    assert not layouts["train"] & layouts["test"]
    assert 0.15 < counts["test"] / 1200 < 0.45
    assert len(layouts["train"]) + len(layouts["test"]) < 1000  # there are several problems of one layout


@pytest.mark.parametrize("name", list(DOMAINS))
def test_every_domain_makes_data_and_travels_to_workers(name: str, tmp_path: Path) -> None:
    domain = DOMAINS[name]
    size = 3 if 3 in domain.sizes else 7
    manifest = generate(domain, domain.sampling(size), num=5, seed=1, out=tmp_path, random_ties=True)
    drawn = Traces.concatenate([*TraceSet(tmp_path), *TraceSet(tmp_path, "test")], manifest.state_width)
    assert len(drawn) == 5
    for i in range(5):
        problem = domain.problem(drawn.codes[drawn.code_offsets[i] : drawn.code_offsets[i + 1]].tolist())
        assert domain.search(problem).result.cost == drawn.costs[i]
    recipe = making.Recipe(domain, domain.sampling(size), manifest.settings, manifest.state_width, tmp_path)
    assert type(pickle.loads(pickle.dumps(recipe)).domain) is type(domain)


def test_traces_of_too_many_tokens_are_left_out(tmp_path: Path) -> None:
    # A clause of these tiles is `create`, nine numbers, and two costs.
    every = plainly_drawn(TILES, EASY, 60, 3)
    lengths = [12 * len(row[3]) for row in every]
    bound = sorted(lengths)[40]
    manifest = generate(TILES, EASY, num=30, seed=3, out=tmp_path, max_trace_tokens=bound, draws_per_shard=64)
    kept = [row for split in SPLITS for part in TraceSet(tmp_path, split) for row in rows(part)]
    assert sorted(kept) == sorted([row for row, length in zip(every, lengths, strict=True) if length < bound][:30])
    assert manifest.shards[0].num_too_long > 0


def test_what_is_left_out_is_counted_also_in_draws_of_which_nothing_is_left(tmp_path: Path) -> None:
    # Of 9 moves, most problems need more expansions, and the nearest are drawn again and again.
    limit = Limits(6)
    manifest = generate(TILES, EASY, num=8, seed=3, out=tmp_path, limits=limit, draws_per_shard=2)
    num_draws = 2 * (manifest.shards[-1].index + 1)
    assert len(manifest.shards) < num_draws // 2
    counts = {name: sum(getattr(shard, name) for shard in manifest.shards) for name in manifests.LEFT_OUT}
    num_solved = sum(
        TILES.search(next(TILES.generators["walk"](EASY, SplitMix(derive(3, draw)))), limits=limit).result.cost
        is not None
        for draw in range(num_draws)
    )
    assert counts["num_stopped"] == num_draws - num_solved > 0
    assert num_solved - counts["num_duplicates"] in (8, 9)  # the last shard may have had one more than wanted
    assert manifests.load(tmp_path) == manifest
    assert (
        f"The limit of 6 expansions stopped {counts['num_stopped']:,} searches" in (tmp_path / "README.md").read_text()
    )


def test_without_limits_nothing_is_said_of_stopped_searches(tmp_path: Path) -> None:
    generate(TILES, EASY, num=8, seed=3, out=tmp_path)
    assert "stopped" not in (tmp_path / "README.md").read_text() + (tmp_path / "manifest.json").read_text()


def test_tokens_of_traces_are_counted_as_they_are_written() -> None:
    sokoban = DOMAINS["sokoban"]
    traces = sokoban.draw_traces(sokoban.sampling(7), range(4), seed=2)
    words = sokoban.wording("paper", 7, 7).state_tokens(traces)
    events = np.diff(traces.event_offsets)
    assert trace_tokens(sokoban, traces).sum() == (words >= 0).sum() + 3 * events.sum()
    assert len(trace_tokens(sokoban, traces)) == len(traces)
    assert (trace_tokens(sokoban, traces) >= 6 * events).all()
    assert (trace_tokens(sokoban, traces) <= 12 * events).all()


def test_progress_goes_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int, float]] = []
    generate(TILES, EASY, num=50, seed=1, out=tmp_path, draws_per_shard=8, on_progress=lambda *all: told.append(all))
    done = [each[0] for each in told]
    assert done[0] == 0
    assert done[-1] == 50
    assert done == sorted(done)
    assert {each[1] for each in told} == {50}
    assert [each[2] for each in told] == sorted(each[2] for each in told)


def test_more_than_there_is_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "MAX_FRUITLESS_DRAWS", 300)
    sampling = TILES.sampling(2)  # an even number of moves leads to 6 of its 12 states
    assert generate(TILES, sampling, num=6, seed=1, out=tmp_path / "all", draws_per_shard=20).complete
    with pytest.raises(ValueError, match=r"300 draws in a row gave nothing new: 6 of 7 .* tiles of size 2 by walk"):
        generate(TILES, sampling, num=7, seed=1, out=tmp_path / "more", draws_per_shard=20)
    assert manifests.load(tmp_path / "more").rows == 6


def test_settings_that_give_nothing_end_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "MAX_FRUITLESS_DRAWS", 100)
    with pytest.raises(ValueError, match=r"draws in a row gave nothing new: 0 of 5 .*\(moves 9\)"):
        generate(TILES, EASY, num=5, seed=1, out=tmp_path, max_trace_tokens=1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"num": 0}, "num must be at least 1, not 0"),
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"draws_per_shard": 0}, "draws_per_shard must be at least 1"),
        ({"max_trace_tokens": -5}, "max_trace_tokens must be at least 1, not -5"),
        ({"seed": -1}, "seed must be from 0"),
        ({"seed": 2**64}, "seed must be from 0"),
        ({"test_percent": 100}, "test_percent must be from 0 to 99, not 100"),
        ({"limits": Limits(0)}, "max_expansions must be at least 1, not 0"),
        ({"limits": Limits(time_limit_s=1)}, "limit max_expansions instead"),
        ({"heuristic": "manhatten"}, "Did you mean 'manhattan'"),
        ({"executor": "process"}, "Did you mean 'processes'"),
    ],
)
def test_what_is_not_possible_is_told_before_anything_is_done(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    possible: dict[str, Any] = {"num": 3, "seed": 1, "out": tmp_path / "out"}
    with pytest.raises(ValueError, match=message):
        generate(TILES, EASY, **(possible | changed))
    assert not (tmp_path / "out").exists()


def test_shards_are_planned_by_size(tmp_path: Path) -> None:
    # Every draw gives one problem here.
    manifest = generate(TILES, EASY, num=4, seed=1, out=tmp_path)
    recipe = making.Recipe(TILES, EASY, replace(manifest.settings, draws_per_shard=0), 0, tmp_path)
    planned = [generation._planned(recipe, num).settings.draws_per_shard for num in (4, 500, 60_000, 10**6)]
    assert planned == [4, 512, 2048, generation._MAX_SHARD_DRAWS]
    larger = replace(recipe, sampling=TILES.sampling(3, options={"moves": 60}))
    assert generation._planned(larger, 10**6).settings.draws_per_shard < 4096  # some megabytes


def test_data_are_made_and_read_without_heavy_libraries(tmp_path: Path) -> None:
    code = f"""
import sys
from data.generation import generate
from data.shards import TraceSet
from planning.domains import DOMAINS
generate(DOMAINS["tiles"], DOMAINS["tiles"].sampling(2), num=4, seed=1, out={str(tmp_path)!r})
assert sum(map(len, TraceSet({str(tmp_path)!r}))) + sum(map(len, TraceSet({str(tmp_path)!r}, "test"))) == 4
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    heavy = {"torch", "lightning", "rich", "pydantic", "ortools", "gymnasium", "matplotlib", "pandas"}
    assert not {name.split(".")[0] for name in done.stdout.split()} & heavy
