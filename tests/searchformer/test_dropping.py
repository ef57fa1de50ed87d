"""What a network does not learn: each level leaves out what it says, whole clauses, by chance that examples share not.

The slow oracle below says the same on lists of words, one draw after the other.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.tokens import CLOSE, CONTROL, CREATE, PLAN, TokenFormat, Tokens, format_for
from planning.domain import FORMATS
from planning.domains import DOMAINS
from searchformer import dropping
from searchformer.batches import WholeTargets
from searchformer.dropping import CREATE_SHARE, MIXES, DroppedTargets, Mix, draw_levels, keys, mix_named
from solvers.chance import SplitMix, derive

SIZES = {"maze": 5, "sokoban": 6}
KINDS = [(domain, name) for domain in SIZES for name in FORMATS]
kinds = pytest.mark.parametrize("kind", KINDS, ids=" ".join)
_WORD = (1 << 64) - 1

Kind = tuple[str, str]


@cache
def recorded(kind: Kind) -> tuple[TokenFormat, Tokens]:
    """Return some searches of A*, short and long ones."""
    domain, size = DOMAINS[kind[0]], SIZES[kind[0]]
    traces = domain.draw_traces(domain.sampling(size), range(30), seed=3)
    traces = traces.select(np.arange(min(40, len(traces))))
    token_format = TokenFormat(domain, kind[1], size, size, int(max(traces.g.max(), traces.h.max())))
    return token_format, token_format.encode(traces)


def written(kind: Kind, mix: Mix, *, seed: int = 0, epoch: int = 0) -> list[list[str]]:
    """Return the words of all targets in an epoch."""
    token_format, tokens = recorded(kind)
    targets = DroppedTargets(tokens, token_format, mix, seed)
    return [token_format.text(target) for target in targets.of(range(len(tokens)), epoch)]


def whole(kind: Kind) -> list[list[str]]:
    """Return the words of what is recorded."""
    token_format, tokens = recorded(kind)
    return [token_format.text(target) for target in WholeTargets(tokens, True).of(range(len(tokens)), 0)]


def trace_of(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the clauses of the trace in a target."""
    clauses: list[list[str]] = []
    for word in words[1 : words.index("plan")]:
        if word in ("create", "close"):
            clauses.append([])
        clauses[-1].append(word)
    return [tuple(clause) for clause in clauses]


def plan_of(words: Sequence[str]) -> list[str]:
    return list(words[words.index("plan") :])


def is_cost(word: str) -> bool:
    return word[0] == "c" and word[1:].isdigit()


def without_costs(clause: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in clause if not is_cost(word))


MAZE, LEVEL = "S#\n..\nG.\n", "######\n#@$ .#\n######"
# L0, L1 and L2, a paragraph each.
GOLDEN: dict[Kind, tuple[str, str]] = {
    ("maze", "paper"): (
        MAZE,
        """
        create 0 0 c0 c2 close 0 0 c0 c2 create 0 1 c1 c1 close 0 1 c1 c1 create 0 2 c2 c0 create 1 1 c2 c2
        close 0 2 c2 c0 plan 0 0 plan 0 1 plan 0 2

        create 0 0 c0 c2 create 0 1 c1 c1 create 0 2 c2 c0 create 1 1 c2 c2 plan 0 0 plan 0 1 plan 0 2

        create 0 0 create 0 1 create 0 2 create 1 1 plan 0 0 plan 0 1 plan 0 2
        """,
    ),
    ("maze", "compact"): (
        MAZE,
        """
        create 0,0 c0 c2 close 0,0 c0 c2 create 0,1 c1 c1 close 0,1 c1 c1 create 0,2 c2 c0 create 1,1 c2 c2
        close 0,2 c2 c0 plan 0,0 plan 0,1 plan 0,2

        create 0,0 c0 c2 create 0,1 c1 c1 create 0,2 c2 c0 create 1,1 c2 c2 plan 0,0 plan 0,1 plan 0,2

        create 0,0 create 0,1 create 0,2 create 1,1 plan 0,0 plan 0,1 plan 0,2
        """,
    ),
    ("sokoban", "paper"): (
        LEVEL,
        """
        create worker 1 1 box 2 1 c0 c2 close worker 1 1 box 2 1 c0 c2 create worker 2 1 box 3 1 c1 c1
        close worker 2 1 box 3 1 c1 c1 create worker 1 1 box 3 1 c2 c1 create worker 3 1 c2 c0
        close worker 3 1 c2 c0 plan 1 1 plan 2 1 plan 3 1

        create worker 1 1 box 2 1 c0 c2 create worker 2 1 box 3 1 c1 c1 create worker 1 1 box 3 1 c2 c1
        create worker 3 1 c2 c0 plan 1 1 plan 2 1 plan 3 1

        create worker 1 1 box 2 1 create worker 2 1 box 3 1 create worker 1 1 box 3 1 create worker 3 1
        plan 1 1 plan 2 1 plan 3 1
        """,
    ),
    ("sokoban", "compact"): (
        LEVEL,
        """
        create 1,1 2,1 c0 c2 close 1,1 2,1 c0 c2 create 2,1 3,1 c1 c1 close 2,1 3,1 c1 c1 create 1,1 3,1 c2 c1
        create 3,1 4,1 c2 c0 close 3,1 4,1 c2 c0 plan 1,1 plan 2,1 plan 3,1

        create 1,1 2,1 c0 c2 create 2,1 3,1 c1 c1 create 1,1 3,1 c2 c1 create 3,1 4,1 c2 c0
        plan 1,1 plan 2,1 plan 3,1

        create 1,1 2,1 create 2,1 3,1 create 1,1 3,1 create 3,1 4,1 plan 1,1 plan 2,1 plan 3,1
        """,
    ),
}


@kinds
def test_a_small_search_at_each_level(kind: Kind) -> None:
    text, paragraphs = GOLDEN[kind]
    levels = [" ".join(words.split()) for words in paragraphs.split("\n\n")]
    domain = DOMAINS[kind[0]]
    problem = domain.read(text)[0]
    found = domain.search(problem).traces
    assert found is not None
    token_format = format_for(domain, problem, kind[1], 9)
    tokens = token_format.encode(found)

    def at(name: str, epoch: int = 0) -> str:
        (target,) = DroppedTargets(tokens, token_format, mix_named(name), 0).of([0], epoch)
        return " ".join(token_format.text(target))

    assert [at(name) for name in ("L0", "L1", "L2")] == [f"bos {words} eos" for words in levels]
    plan = levels[0][levels[0].index("plan") :]
    assert at("L4") == f"bos {plan} eos"
    # Of four clauses, every choice comes up, and all of them are subsequences of L2.
    clauses = trace_of(f"bos {levels[2]}".split())
    seen = {tuple(trace_of(at("L3", epoch).split())) for epoch in range(600)}
    chosen = {tuple(clause for i, clause in enumerate(clauses) if number >> i & 1) for number in range(16)}
    assert seen == chosen


@kinds
def test_levels_without_chance_leave_out_what_they_say_and_nothing_else(kind: Kind) -> None:
    targets = {name: written(kind, mix_named(name), seed=5, epoch=2) for name in ("L0", "L1", "L2", "L4")}
    assert targets["L0"] == whole(kind)
    for i, words in enumerate(whole(kind)):
        creates = [clause for clause in trace_of(words) if clause[0] == "create"]
        assert trace_of(targets["L1"][i]) == creates
        assert trace_of(targets["L2"][i]) == [without_costs(clause) for clause in creates]
        assert trace_of(targets["L4"][i]) == []
        assert {tuple(plan_of(each[i])) for each in targets.values()} == {tuple(plan_of(words))}
        assert all(each[i][0] == "bos" for each in targets.values())


@kinds
def test_the_third_level_lacks_whole_clauses_of_the_second(kind: Kind) -> None:
    second = written(kind, mix_named("L2"))
    num_clauses, num_left = 0, 0
    by_place: dict[int, list[bool]] = {}
    for epoch in range(40):
        for before, after in zip(second, written(kind, mix_named("L3"), epoch=epoch), strict=True):
            clauses, left = trace_of(before), trace_of(after)
            rest: Iterator[Any] = iter(clauses)
            assert all(clause in rest for clause in left), "a subsequence"
            assert plan_of(after) == plan_of(before)
            num_clauses, num_left = num_clauses + len(clauses), num_left + len(left)
            by_place.setdefault(0, []).append(clauses[0] in left)
            by_place.setdefault(-1, []).append(clauses[-1] in left)
    gone = 1 - num_left / num_clauses
    assert abs(gone - CREATE_SHARE) < 4 * np.sqrt(0.21 / num_clauses)
    for stays in by_place.values():
        assert abs(1 - np.mean(stays) - CREATE_SHARE) < 4 * np.sqrt(0.21 / len(stays))


def slowly(token_format: TokenFormat, tokens: Tokens, mix: Mix, *, seed: int, epoch: int, example: int) -> list[str]:
    """Return a target: the definition, word by word and draw by draw."""
    stream = SplitMix(derive(seed, epoch))
    key = [stream.draw() for _ in range(example + 1)][-1]
    chance, sum_of_shares, level = SplitMix(key), 0.0, -1
    drawn = uniform(chance)
    for number, share in enumerate(mix.levels):
        sum_of_shares += share
        if level < 0 and share and drawn < sum_of_shares:
            level = number
    assert level >= 0
    _, trace, plan = (token_format.text(part) for part in tokens[example])
    left: list[list[str]] = []
    clause_stays = False
    for word in trace:
        if word in ("create", "close"):
            drawn = uniform(chance)
            clause_stays = level == 0 or (level < 4 and word == "create" and not (level == 3 and drawn < 0.3))
        left.append([word] if clause_stays and not (level >= 2 and is_cost(word)) else [])
    if mix.token_share:
        chance = SplitMix(~key & _WORD)
        left = [words if uniform(chance) >= mix.token_share else [] for words in left]
    return ["bos", *(word for words in left for word in words), *plan, "eos"]


def uniform(chance: SplitMix) -> float:
    return (chance.draw() >> 11) / 2.0**53


shares = st.lists(st.integers(0, 6), min_size=5, max_size=5).filter(any).map(lambda each: np.array(each) / sum(each))


@kinds
@settings(max_examples=25, deadline=None)
@given(
    shares=shares,
    token_share=st.sampled_from([0.0, 0.0, 0.2, 0.9]),
    seed=st.integers(0, 2**63 - 1),
    epoch=st.integers(0, 10_000),
    picked=st.lists(st.integers(0, 8), min_size=1, max_size=6),
)
def test_the_fast_way_is_the_definition(
    kind: Kind, *, shares: Any, token_share: float, seed: int, epoch: int, picked: list[int]
) -> None:
    token_format, tokens = recorded(kind)
    mix = Mix(tuple(shares.tolist()), token_share)
    targets = DroppedTargets(tokens, token_format, mix, seed)
    made = [token_format.text(target) for target in targets.of(picked, epoch)]
    assert made == [slowly(token_format, tokens, mix, seed=seed, epoch=epoch, example=example) for example in picked]


@kinds
@pytest.mark.parametrize(("name", "token_share"), [("maze", 0), ("sokoban", 0), ("L3", 0), ("maze", 0.3)])
def test_what_an_example_gets_depends_on_seed_epoch_and_its_number_alone(
    kind: Kind, name: str, token_share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_format, tokens = recorded(kind)
    mix = mix_named(name, token_share)
    targets, num = DroppedTargets(tokens, token_format, mix, 7), len(tokens)
    together = [each.tolist() for each in targets.of(range(num), 3)]
    assert [targets.of([i], 3)[0].tolist() for i in range(num)] == together
    order = np.random.default_rng(0).permutation(num)
    assert [each.tolist() for each in targets.of(order, 3)] == [together[i] for i in order]
    twice = [each.tolist() for each in targets.of([4, 4, 2, 4], 3)]
    assert twice == [together[i] for i in (4, 4, 2, 4)]
    again = DroppedTargets(tokens, token_format, mix, 7)
    assert [each.tolist() for each in again.of(range(num), 3)] == together
    assert again.of([], 3) == []
    for chunk in (1, 100, 1 << 20):
        monkeypatch.setattr(dropping, "_CHUNK", chunk)
        assert targets.lengths(3).tolist() == [len(each) for each in together]


@kinds
@pytest.mark.parametrize("name", [name for name in MIXES if name not in ("L0", "L1", "L2", "L4")])
def test_every_epoch_and_every_seed_draws_anew(kind: Kind, name: str) -> None:
    mix = Mix((0.5, 0, 0, 0, 0.5)) if name == "two-mode" else mix_named(name)
    every = [str(written(kind, mix, seed=seed, epoch=epoch)) for seed in range(4) for epoch in range(4)]
    assert len(set(every)) == 16
    assert str(written(kind, mix, seed=1, epoch=2)) == every[6]


MIXED = mix_named("maze")


def levels_of(mix: Mix, seed: int, epoch: int, num: int) -> Any:
    return draw_levels(mix, keys(seed, epoch, np.arange(num)))


def test_the_levels_of_a_seed_are_what_they_always_were() -> None:
    """Or a training could not be repeated."""
    assert levels_of(MIXED, 1, 0, 16).tolist() == [3, 0, 3, 2, 2, 3, 1, 2, 1, 0, 0, 3, 2, 0, 0, 0]
    assert levels_of(MIXED, 1, 1, 16).tolist() == [3, 2, 3, 0, 2, 0, 2, 0, 2, 0, 0, 3, 0, 3, 0, 4]


@pytest.mark.parametrize("name", MIXES)
def test_levels_come_as_often_as_they_should(name: str) -> None:
    num, mix = 40_000, mix_named(name)
    counts = np.bincount(levels_of(mix, 2, 5, num), minlength=5)
    expected = num * np.array(mix.levels)
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    statistic = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    assert statistic < 23.5, "the chi-square that chance exceeds once in 10,000 times"


@pytest.mark.parametrize("drawn", [0.0, 0.5, 1 - 2.0**-53])
def test_a_level_without_a_share_never_comes(drawn: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where chance gives the end of a share exactly."""
    monkeypatch.setattr(dropping, "uniforms", lambda seeds, _: np.full(len(seeds), drawn))
    for places in ([0], [4], [1, 3], [0, 2], [2, 4]):
        mix = Mix(tuple(float(level in places) / len(places) for level in range(5)))
        (level,) = levels_of(mix, 0, 0, 1).tolist()
        assert level == places[int(drawn * len(places))]


def test_levels_do_not_tell_those_of_neighbours_of_other_epochs_or_of_other_seeds() -> None:
    num = 40_000
    base = levels_of(MIXED, 0, 0, num)
    others = (levels_of(MIXED, 0, 1, num), levels_of(MIXED, 1, 0, num), np.roll(base, 1))
    expected = num * np.outer(MIXED.levels, MIXED.levels)
    for other in others:
        counts = np.zeros((5, 5))
        np.add.at(counts, (base, other), 1)
        assert ((counts - expected) ** 2 / expected).sum() < 61, "24 degrees of freedom, once in 20,000 times"


def test_what_the_third_level_lacks_differs_between_epochs() -> None:
    kind = ("maze", "compact")
    clauses = [trace_of(words) for words in written(kind, mix_named("L2"))]
    both = once = num = 0
    for epoch in range(0, 60, 2):
        halves = [written(kind, mix_named("L3"), epoch=epoch + each) for each in range(2)]
        for all_of_them, *left in zip(clauses, *(map(trace_of, half) for half in halves), strict=True):
            distinct = [clause for clause in all_of_them if all_of_them.count(clause) == 1]
            gone = [{clause for clause in distinct if clause not in each} for each in left]
            both, once, num = both + len(gone[0] & gone[1]), once + len(gone[0]), num + len(distinct)
    assert abs(once / num - 0.3) < 4 * np.sqrt(0.21 / num)
    assert abs(both / num - 0.09) < 4 * np.sqrt(0.09 * 0.91 / num)


@kinds
def test_single_tokens_are_left_out_of_traces_alone(kind: Kind) -> None:
    num = num_left = 0
    for name in ("L0", "L2"):
        before, after = (written(kind, mix_named(name, share), epoch=1) for share in (0.0, 0.25))
        for mine, yours in zip(before, after, strict=True):
            assert plan_of(mine) == plan_of(yours)
            assert yours[0] == "bos"
            trace, left = mine[1 : mine.index("plan")], yours[1 : yours.index("plan")]
            rest = iter(trace)
            assert all(word in rest for word in left), "a subsequence"
            num, num_left = num + len(trace), num_left + len(left)
    assert abs(1 - num_left / num - 0.25) < 4 * np.sqrt(0.25 * 0.75 / num)
    assert all(trace_of(words) == [] for words in written(kind, mix_named("L4", 0.25)))


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("maze", (0.45, 1 / 6, 1 / 6, 1 / 6, 0.05)),
        ("sokoban", (0.8, 0.05, 0.05, 0.05, 0.05)),
        ("two-mode", (0.95, 0, 0, 0, 0.05)),
        ("L3", (0, 0, 0, 1, 0)),
        ("0.45 1/6 1/6 1/6 0.05", (0.45, 1 / 6, 1 / 6, 1 / 6, 0.05)),
        ("1, 0, 0, 0, 0", (1, 0, 0, 0, 0)),
        ("0 0 0 0 1", (0, 0, 0, 0, 1)),
    ],
)
def test_a_mix_has_a_name_or_is_five_shares(text: str, levels: tuple[float, ...]) -> None:
    assert mix_named(text).levels == pytest.approx(levels)
    assert mix_named(text, 0.1).token_share == 0.1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mazes", r"unknown mix 'mazes'\. Did you mean 'maze'"),
        ("L5", "unknown mix 'L5'"),
        ("", "unknown mix ''"),
        ("0.5 0.5", "a mix is a name or 5 shares, those of L0 to L4, not '0.5 0.5'"),
        ("0.5 0.5 0 0 0 0", "a mix is a name or 5 shares"),
        ("0.5 0.4 0 0 0", r"must have the sum 1, not 0\.9"),
        ("1.5 -0.5 0 0 0", "5 shares from 0 to 1"),
        ("nan 0.5 0 0 0.5", "5 shares from 0 to 1"),
        ("1 0 0 0 none", "'none' is no number"),
        ("1/0 0 0 0 0", "a share in '1/0 0 0 0 0' is divided by 0"),
        ("1/ 0 0 0 0", "'1/' is no number"),
    ],
)
def test_what_is_no_mix_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        mix_named(text)


@pytest.mark.parametrize("share", [1.0, -0.1, float("nan")])
def test_all_tokens_cannot_be_left_out(share: float) -> None:
    with pytest.raises(ValueError, match="share of dropped tokens must be at least 0 and below 1"):
        mix_named("L0", share)
    with pytest.raises(ValueError, match="5 shares"):
        Mix((1.0,))


def test_the_words_that_dropping_looks_for_begin_clauses_and_nothing_else() -> None:
    """In no format is a word of a state one of a clause's head, or of a cost."""
    for kind in KINDS:
        token_format, tokens = recorded(kind)
        heads = {token_format.places[CONTROL[place]] for place in (CREATE, CLOSE, PLAN)}
        first_words = np.concatenate((tokens.traces[tokens.trace_offsets[:-1]], tokens.plans[tokens.plan_offsets[:-1]]))
        assert set(first_words.tolist()) <= heads
        assert not any(is_cost(word) for word in token_format.wording.words)
