"""The environments: Gymnasium's own checks, and the dynamics step by step against the problems'."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, TimeLimit, TransformReward

from planning.domains import DOMAINS
from planning.environment import DomainEnv, register_all
from planning.maze.problem import Maze
from planning.sokoban.reading import read_levels
from planning.tiles import TilesDomain, TilesProblem
from solvers.problem import Problem

IDS = ["twofold/Maze-v0", "twofold/Octile-v0", "twofold/Sokoban-v0", "twofold/Tiles-v0"]
LEVEL = "#####\n#@$.#\n#####"


def bare(name: str, **kwargs: Any) -> DomainEnv:
    environment = gymnasium.make(name, **kwargs).unwrapped
    assert isinstance(environment, DomainEnv)
    return environment


def problem_of(environment: DomainEnv) -> Problem[Any, str]:
    assert environment._problem is not None
    return environment._problem


@pytest.fixture(params=IDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("render_mode", [None, "ansi", "rgb_array"])
def test_gymnasium_finds_nothing_to_complain_about(name: str, render_mode: str | None) -> None:
    check_env(bare(name, render_mode=render_mode))


@pytest.mark.parametrize("seed", range(5))
def test_an_optimal_plan_is_an_episode_whose_return_is_minus_its_cost(name: str, seed: int) -> None:
    environment = gymnasium.make(name)
    _, info = environment.reset(seed=seed)
    inner = environment.unwrapped
    assert isinstance(inner, DomainEnv)
    result = inner.domain.search(problem_of(inner), record=False).result
    assert result.solution is not None
    assert result.cost is not None
    total, terminated = 0.0, False
    for action in result.solution.actions:
        assert not terminated
        number = inner.domain.actions.index(action)
        assert info["action_mask"][number] == 1
        _, reward, terminated, truncated, info = environment.step(number)
        total += float(reward)
        assert not truncated
    assert terminated
    assert total == pytest.approx(-result.cost / inner.unit, rel=1e-12)
    assert info["cost"] == result.cost


@pytest.mark.parametrize("seed", range(3))
def test_every_step_is_what_the_problem_says(name: str, seed: int) -> None:
    environment = bare(name)
    observation, info = environment.reset(seed=seed)
    environment.action_space.seed(seed)
    problem = problem_of(environment)
    state, cost = problem.initial, 0
    for _ in range(150):
        children = {action: (child, price) for action, child, price in problem.successors(state)}
        assert [action for action, on in zip(environment.domain.actions, info["action_mask"], strict=True) if on] == [
            action for action in environment.domain.actions if action in children
        ]
        assert info["action_mask"].dtype == np.int8
        assert (observation == environment.domain.grid(problem, state)).all()
        number = environment.action_space.sample()
        observation, reward, terminated, truncated, info = environment.step(number)
        state, price = children.get(environment.domain.actions[number], (state, None))
        cost += price or 0
        assert reward == (-1 if price is None else -price / environment.unit)
        assert (terminated, truncated, info["cost"]) == (problem.is_goal(state), False, cost)
        assert environment.observation_space.contains(observation)


def test_nothing_ends_where_nothing_is_possible() -> None:
    environment = bare("twofold/Maze-v0")
    _, info = environment.reset(options={"problem": "S#G"})
    assert not info["action_mask"].any()
    for action in range(4):
        assert environment.step(action)[1:4] == (-1.0, False, False)


def test_the_mask_is_one_to_sample_with(name: str) -> None:
    environment = bare(name)
    _, info = environment.reset(seed=1)
    environment.action_space.seed(1)
    for _ in range(50):
        assert info["action_mask"].any()
        number = environment.action_space.sample(mask=info["action_mask"])
        before = info["cost"]
        *_, info = environment.step(number)
        assert info["cost"] > before


def test_samples_differ_can_be_solved_and_are_no_goals(name: str) -> None:
    environment = bare(name)
    seen = set()
    for seed in (*range(6), None, None):
        environment.reset(seed=seed)
        problem = problem_of(environment)
        seen.add(problem)
        result = environment.domain.search(problem, record=False).result
        assert result.cost
        assert result.cost > 0
        assert result.solution is not None
        assert environment.domain.keeps(problem, len(result.solution.states))
    assert len(seen) == 8


EPISODES = """
import hashlib, sys, gymnasium, planning.environment
digest = hashlib.sha256()
for name in sys.argv[1:]:
    environment = gymnasium.make(name)
    environment.action_space.seed(5)
    for seed in (5, None, None):
        observation, info = environment.reset(seed=seed)
        digest.update(observation.tobytes())
        for _ in range(10):
            observation, reward, *_, info = environment.step(environment.action_space.sample(info["action_mask"]))
            digest.update(observation.tobytes() + info["action_mask"].tobytes() + str((reward, info["cost"])).encode())
print(digest.hexdigest())
"""


def test_a_seed_is_the_same_episode_in_every_process() -> None:
    digests = set()
    for hash_seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", EPISODES, *IDS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1
    assert len(digests.pop().strip()) == len(hashlib.sha256().hexdigest())


def test_the_id_can_name_the_module_that_registers_it() -> None:
    make = "gymnasium.make('planning.environment:twofold/Tiles-v0', size=2)"
    code = f"import gymnasium; print({make}.reset(seed=1)[0].shape)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "(2, 2)\n"), done.stderr


def test_registering_twice_is_silent() -> None:
    before = dict(gymnasium.registry)
    register_all()
    assert gymnasium.registry == before
    assert [key for key in gymnasium.registry if key.startswith("twofold/")] == IDS


@pytest.mark.parametrize(("name", "mode"), [*((name, "sync") for name in IDS), ("twofold/Tiles-v0", "async")])
def test_vector_environments_play_the_single_ones_side_by_side(name: str, mode: str) -> None:
    # Spawned processes have not imported the module: what is registered has to be enough for them.
    vector_kwargs = {"context": "spawn"} if mode == "async" else {}
    vector = gymnasium.make_vec(name, num_envs=2, vectorization_mode=mode, vector_kwargs=vector_kwargs)
    try:
        observations, infos = vector.reset(seed=3)
        singles = [bare(name) for _ in range(2)]
        expected = [single.reset(seed=seed) for single, seed in zip(singles, (3, 4), strict=True)]
        for _ in range(3):
            assert (observations == np.stack([each[0] for each in expected])).all()
            assert (infos["action_mask"] == np.stack([each[-1]["action_mask"] for each in expected])).all()
            actions = infos["action_mask"].argmax(axis=1)
            observations, rewards, *_, infos = vector.step(actions)
            steps = [single.step(action) for single, action in zip(singles, actions, strict=True)]
            assert rewards.tolist() == [step[1] for step in steps]
            expected = [(step[0], step[-1]) for step in steps]
    finally:
        vector.close()


def test_wrappers_fit(name: str) -> None:
    environment = RecordEpisodeStatistics(FlattenObservation(TimeLimit(bare(name), 7)))
    observation, _ = environment.reset(seed=2)
    assert observation.shape == (int(np.prod(bare(name).observation_space.shape or ())),)
    steps, done = 0, False
    info: dict[str, Any] = {}
    while not done:
        _, _, terminated, truncated, info = environment.step(environment.action_space.sample())
        steps, done = steps + 1, terminated or truncated
    assert info["episode"]["l"] == steps <= 7
    doubled = TransformReward(bare(name), lambda reward: 2 * float(reward))
    doubled.reset(seed=2)
    assert float(doubled.step(np.int64(0))[1]) <= -2


def test_episodes_end_by_the_registered_number_of_steps(name: str) -> None:
    environment = gymnasium.make(name)
    _, info = environment.reset(seed=0)
    impossible = int(np.argmin(info["action_mask"])) if not info["action_mask"].all() else None
    if impossible is None:
        pytest.skip("everything is possible at the beginning of this episode")
    limit = gymnasium.spec(name).max_episode_steps
    assert limit
    for step in range(1, limit + 1):
        _, reward, terminated, truncated, info = environment.step(impossible)
        assert (reward, terminated, truncated, info["cost"]) == (-1, False, step == limit, 0)


def test_pictures_show_the_grid(name: str) -> None:
    text, image = bare(name, render_mode="ansi"), bare(name, render_mode="rgb_array")
    text.reset(seed=4)
    observation, _ = image.reset(seed=4)
    assert text.render() == text.domain.show(problem_of(text)) + "\n"
    drawn = image.render()
    assert isinstance(drawn, np.ndarray)
    assert drawn.dtype == np.uint8
    side = drawn.shape[0] // observation.shape[0]
    assert (drawn[side // 2 :: side, side // 2 :: side] == np.array(image.domain.colours)[observation]).all()
    drawn[:] = 0
    assert image.render().any()  # type: ignore[union-attr]


def test_a_render_without_a_mode_says_so() -> None:
    environment = bare(IDS[0])
    environment.reset(seed=1)
    with pytest.warns(UserWarning, match="render_mode 'ansi' or 'rgb_array'"):
        assert environment.render() is None


def test_given_problems_are_played_in_their_order_from_the_seed_on(tmp_path: Path) -> None:
    file = tmp_path / "levels.xsb"
    file.write_text(
        f"{LEVEL}\n\n{LEVEL.replace('$', ' $')}\n\n{LEVEL.replace('@$.', '.$@')}\n".replace("#####", "######")
    )
    levels = read_levels(file.read_text())
    for problems in (levels, str(file), file):
        environment = bare("twofold/Sokoban-v0", problems=problems)
        played = []
        for seed in (None, None, None, None, 4, None, None):
            environment.reset(seed=seed)
            played.append(levels.index(problem_of(environment)))  # type: ignore[arg-type]
        assert played == [0, 1, 2, 0, 1, 2, 0]
        environment.reset(options={"index": 2})
        assert problem_of(environment) == levels[2]
        check_env(environment)


def test_smaller_problems_lie_in_the_upper_left_corner() -> None:
    levels = read_levels(f"{LEVEL}\n\n#######\n#@$  .#\n#     #\n#######")
    environment = bare("twofold/Sokoban-v0", problems=levels, render_mode="rgb_array")
    observation, _ = environment.reset(seed=0)
    beyond = len(environment.domain.glyphs)
    assert observation.shape == (4, 7)
    assert (observation[:3, :5] == environment.domain.grid(levels[0], levels[0].initial)).all()
    assert (observation[3:] == beyond).all()
    assert (observation[:, 5:] == beyond).all()
    assert environment.observation_space.contains(observation)
    image = environment.render()
    assert isinstance(image, np.ndarray)
    assert not image[-1, -1].any()
    assert not (environment.reset()[0] == beyond).any()


def test_a_problem_can_be_given_for_one_episode() -> None:
    environment = bare("twofold/Maze-v0", size=3)
    observation, _ = environment.reset(options={"problem": "S.G\n###"})
    assert problem_of(environment) == Maze(3, 2, bytes([1, 1, 1, 0, 0, 0]), (0, 0), (2, 0))
    assert observation.shape == (3, 3)
    maze = Maze(3, 3, bytes([1, 7, 1] * 3), (0, 0), (2, 2))
    environment.reset(options={"problem": maze})
    right = environment.domain.actions.index("right")
    assert [environment.step(right)[1] for _ in range(3)] == [-7.0, -1.0, -1.0]
    environment.reset()
    assert problem_of(environment) != maze


@dataclass(frozen=True, slots=True)
class Slide:
    """Not the tiles' dynamics: each move costs 3, and only one is there."""

    inner: TilesProblem

    @property
    def initial(self) -> Any:
        return self.inner.initial

    @property
    def size(self) -> int:
        return self.inner.size

    def is_goal(self, state: Any) -> bool:
        return bool(state != self.initial)

    def successors(self, state: Any) -> Iterator[tuple[str, Any, int]]:
        yield from ((action, child, 3) for action, child, _ in self.inner.successors(state) if action == "right")


def test_the_environment_has_no_dynamics_of_its_own() -> None:
    environment = DomainEnv(TilesDomain(), size=2)
    _, info = environment.reset(options={"problem": Slide(TilesProblem(2, (0, 1, 2, 3)))})
    assert info["action_mask"].tolist() == [0, 0, 0, 1]
    assert environment.step(0)[1:3] == (-1.0, False)
    assert environment.step(3)[1:3] == (-3.0, True)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"domain": "mazes"}, "unknown domain 'mazes'. Did you mean 'maze'"),
        ({"domain": "maze", "size": 10**6}, "size 1000000 is not possible for maze"),
        ({"domain": "maze", "generator": "papers"}, "unknown generator 'papers'. Did you mean 'paper'"),
        ({"domain": "maze", "min_wall": 3}, "unknown option 'min_wall'. Did you mean 'min_walls'"),
        ({"domain": "maze", "render_mode": "human"}, "unknown render mode 'human'. Known: ansi, rgb_array"),
        ({"domain": "maze", "unit": 0}, "the unit of costs is at least 1, not 0"),
        ({"domain": "maze", "size": 5, "problems": ["?"]}, "cannot be combined with problems"),
        ({"domain": "maze", "problems": []}, "problems is empty"),
        ({"domain": "tiles", "problems": [TilesProblem(2, (0, 1, 2, 3))]}, "problem 0 begins in a goal"),
    ],
)
def test_what_is_not_possible_is_refused_when_made(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DomainEnv(**kwargs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"problems": 1}, "unknown option of reset 'problems'. Did you mean 'problem'"),
        ({"index": 0}, "this environment samples its problems"),
        ({"problem": "S...G"}, "a problem of 5 × 1 cells does not fit in observations of 4 × 4"),
        ({"problem": "SG\n\nSG"}, "an episode plays one problem, and the text has 2"),
        ({"problem": "S.x"}, "line 1, column 3"),
        ({"problem": Maze(1, 1, b"\1", (0, 0), (0, 0))}, "the problem begins in a goal"),
    ],
)
def test_what_is_not_possible_is_refused_at_reset(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bare("twofold/Maze-v0", size=4).reset(options=options)


def test_numbers_that_are_not_there_are_refused() -> None:
    levels = read_levels(LEVEL)
    environment = bare("twofold/Sokoban-v0", problems=levels)
    for index in (-1, 1):
        with pytest.raises(ValueError, match=f"index {index} is not possible: there are problems 0 to 0"):
            environment.reset(options={"index": index})
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        environment.step(0)
    environment.reset()
    for action in (-1, 4, 1.5):
        with pytest.raises(ValueError, match="is no action: they are 0 down, 1 up, 2 left, 3 right"):
            environment.step(action)  # type: ignore[arg-type]


def test_a_generator_without_a_playable_sample_is_named() -> None:
    environment = DomainEnv("tiles", size=2, moves=0)
    with pytest.raises(
        ValueError, match=r"none of 1000 samples of tiles .* generator walk, size 2, moves 0; choose others"
    ):
        environment.reset(seed=1)


def test_every_domain_has_an_environment() -> None:
    assert {gymnasium.spec(each).kwargs["domain"] for each in IDS} == set(DOMAINS)
