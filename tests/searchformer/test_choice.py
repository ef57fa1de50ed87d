"""The choice of a token: against a slow choice in plain Python, against the distribution, and its chance."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from searchformer.choice import Choice, choose, uniforms
from solvers.chance import SplitMix


def distribution(logits: list[float], choice: Choice) -> list[tuple[int, float]]:
    """Return the tokens that may be chosen, the most likely first, and their probabilities."""
    ranked = sorted(range(len(logits)), key=lambda token: (-logits[token], token))[: choice.top_k]
    weights = [math.exp((logits[token] - logits[ranked[0]]) / choice.temperature) for token in ranked]
    shares = [weight / math.fsum(weights) for weight in weights]
    if choice.top_p is not None:
        needed = next((n for n in range(1, len(shares)) if math.fsum(shares[:n]) >= choice.top_p), len(shares))
        ranked, shares = ranked[:needed], [share / math.fsum(shares[:needed]) for share in shares[:needed]]
    return [(token, share) for token, share in zip(ranked, shares, strict=True) if share > 0]


LOGIT = st.one_of(st.floats(-8, 8), st.integers(-3, 3).map(float), st.just(-math.inf))
ROWS = st.integers(1, 9).flatmap(
    lambda width: st.lists(
        st.lists(LOGIT, min_size=width, max_size=width).filter(lambda row: max(row) > -math.inf), min_size=1, max_size=5
    )
)
CHOICES = st.builds(
    Choice,
    temperature=st.floats(0.05, 4),
    top_k=st.one_of(st.none(), st.integers(1, 12)),
    top_p=st.one_of(st.none(), st.floats(0.01, 1)),
)


@settings(deadline=None, max_examples=200, derandomize=True)
@given(ROWS, CHOICES, st.integers(0, 2**32))
def test_a_choice_is_that_of_the_plain_way(rows: list[list[float]], choice: Choice, seed: int) -> None:
    chance = np.random.default_rng(seed).random(len(rows))
    chosen = choose(torch.tensor(rows, dtype=torch.float64), torch.from_numpy(chance), choice)
    for token, row, number in zip(chosen.tolist(), rows, chance.tolist(), strict=True):
        before = 0.0
        shares = dict(distribution(row, choice))
        # Equal tokens may be ranked in either order only where the plain way says so: by number.
        for other, share in shares.items():
            if other == token:
                break
            before += share
        assert token in shares
        assert before - 1e-9 <= number <= before + shares[token] + 1e-9


@settings(deadline=None, derandomize=True)
@given(ROWS)
def test_temperature_0_takes_the_first_of_the_likeliest(rows: list[list[float]]) -> None:
    chosen = choose(torch.tensor(rows), torch.zeros(len(rows), dtype=torch.float64), Choice())
    assert chosen.tolist() == [row.index(max(row)) for row in torch.tensor(rows).tolist()]


@pytest.mark.parametrize(
    "choice",
    [Choice(1.0), Choice(0.4), Choice(3.0), Choice(1.0, top_k=3), Choice(1.0, top_p=0.7), Choice(1.5, 4, 0.8)],
    ids=str,
)
def test_tokens_are_chosen_as_often_as_they_should(choice: Choice) -> None:
    """Pearson's χ² over 20,000 seeds; by chance, it exceeds the bound once in 10,000 times."""
    logits, count = [0.5, -1.0, 2.0, 0.5, -math.inf, 1.2, -3.0], 20_000
    numbers = uniforms(np.arange(count).astype(np.uint64) * np.uint64(977), np.full(count, 3))
    chosen = Counter(choose(torch.tensor(logits).expand(count, -1), torch.from_numpy(numbers), choice).tolist())
    expected = distribution(logits, choice)
    assert set(chosen) <= {token for token, _ in expected}
    statistic = sum((chosen[token] - count * share) ** 2 / (count * share) for token, share in expected)
    bounds = {1: 15.2, 2: 18.5, 3: 21.2, 4: 23.6, 5: 25.8}
    assert statistic < bounds[len(expected) - 1]


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-300, 5e-324])
def test_the_colder_the_greedier(temperature: float) -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0, -math.inf], [-1e4, 1e4, 5.0, 5.0]])
    chosen = choose(logits, torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64), Choice(temperature))
    assert chosen.tolist() == [1, 1]


@pytest.mark.parametrize("choice", [Choice(1.0), Choice(0.5, top_p=1.0), Choice(9.0, top_k=50)], ids=str)
def test_what_is_not_allowed_is_never_chosen(choice: Choice) -> None:
    logits = torch.tensor([[-math.inf, 0.1, -math.inf, 0.3, -math.inf]]).expand(4, -1)
    numbers = torch.tensor([0.0, 0.5, 1 - 2**-53, 1 - 2**-30], dtype=torch.float64)
    assert set(choose(logits, numbers, choice).tolist()) <= {1, 3}


def test_numbers_are_the_streams_of_the_house() -> None:
    for seed in (0, 1, 2**63 + 5, 2**64 - 1):
        stream = SplitMix(seed)
        expected = [(stream.draw() >> 11) / 2**53 for _ in range(5)]
        assert uniforms(np.full(5, seed, np.uint64), np.arange(5)).tolist() == expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((-0.1,), "temperature must be at least 0, not -0.1"),
        ((float("nan"),), "temperature"),
        ((float("inf"),), "temperature"),
        ((1.0, 0), "top_k must be at least 1, not 0"),
        ((1.0, None, 0.0), "top_p must be above 0"),
        ((1.0, None, 1.1), "top_p must be above 0 and at most 1, not 1.1"),
    ],
)
def test_settings_without_a_sense_are_refused(values: tuple[float, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Choice(*values)  # type: ignore[arg-type]  # a mixture of kinds
