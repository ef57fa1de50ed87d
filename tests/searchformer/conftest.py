"""A small data set, and networks that are small enough to be trained in a second."""

from pathlib import Path

import pytest
import torch

from data.generation import generate
from planning.domains import DOMAINS


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Have networks this small wait for no second thread, which a busy machine may not give."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set of 4×4 mazes; tests write no more than its tokens into it."""
    directory = tmp_path_factory.mktemp("data") / "mazes"
    mazes = DOMAINS["maze"]
    few_of_a_layout = mazes.sampling(4, options={"tries": 5})
    generate(mazes, few_of_a_layout, num=160, seed=3, out=directory, test_percent=20, draws_per_shard=64)
    return directory
