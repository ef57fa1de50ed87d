"""What is sampled depends on what is asked alone, and what is kept on the paper's rule and the filters."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data.derived import derive
from data.generation import generate as make_data
from data.shards import TraceSet
from data.token_cache import format_of_set
from data.tokens import CLOSE, CREATE, PLAN
from planning.domains import DOMAINS
from searchformer import improvement_sampling
from searchformer.cases import Case, cases_of
from searchformer.checkpoint import save
from searchformer.generation import Generated
from searchformer.improved_targets import improved_targets
from searchformer.improvement_filters import FILTERS, Candidate, filter_named
from searchformer.improvement_sampling import Judge, Sampling, Work, known_part, prompts, sample
from searchformer.training_config import TrainingConfig
from tests.searchformer import overfitted

WORDS = overfitted.token_format()


@pytest.fixture(scope="module")
def case() -> Case:
    """Return a maze with a detour: its best plan costs more than the heuristic says."""
    return cases_of(WORDS, overfitted.traces())[2]


def recorded(case: Case, place: int = 2) -> tuple[str, str]:
    """Return A*'s own trace and plan of the maze, as words."""
    assert case.id == cases_of(WORDS, overfitted.traces())[place].id
    _, trace, plan = WORDS.encode(overfitted.traces())[place]
    return " ".join(WORDS.text(trace)), " ".join(WORDS.text(plan))


def answer(text: str, finished: bool = True) -> Generated:
    return Generated(WORDS.ids(text.split()), finished)


def judged(case: Case, samples: list[Generated], *filters: str, present: int | None = None) -> str | None:
    judge = Judge(WORDS, [filter_named(name) for name in filters])
    found = judge(case, case.trace_tokens if present is None else present, samples)
    return None if found.answer is None else " ".join(WORDS.text(found.answer))


def test_the_shortest_optimal_answer_is_kept_if_it_is_shorter_than_the_present_one(case: Case) -> None:
    trace, plan = recorded(case)
    clauses = trace.split("create")
    shorter, shortest = (f"create{'create'.join(clauses[1:end])}".rstrip() for end in (4, 3))
    samples = [answer(f"{each} {plan}") for each in (trace, shorter, shortest, shorter)]
    assert judged(case, samples) == f"{shortest} {plan}"
    assert judged(case, samples[:1]) is None  # as long as the present one
    assert judged(case, samples, present=len(shortest.split())) is None
    assert judged(case, samples, present=len(shortest.split()) + 1) == f"{shortest} {plan}"


def test_an_answer_that_is_wrong_in_any_way_does_not_count(case: Case) -> None:
    _, plan = recorded(case)
    steps = plan.split("plan ")[1:]
    back = f"plan {steps[0].strip()} plan {steps[1].strip()} "  # there and back again: correct, and not optimal
    wrong = {
        "no eos": answer(f"create 0,0 {plan}", finished=False),
        "no plan": answer("create 0,0"),
        "not to the goal": answer("create 0,0 " + "plan ".join(["", *steps[:-1]])),
        "not from the start": answer("create 0,0 " + "plan ".join(["", *steps[1:]])),
        "a jump": answer("create 0,0 " + "plan ".join(["", *steps[:1], *steps[2:]])),
        "a detour": answer(f"create 0,0 {back}{plan}"),
        "words behind": answer(f"create 0,0 {plan} create"),
    }
    for why, each in wrong.items():
        assert judged(case, [each], present=10**6) is None, why
    assert judged(case, [*wrong.values(), answer(f"create 0,0 {plan}")]) == f"create 0,0 {plan}"


def test_costs_are_those_of_strict_replay_and_equal_plans_are_judged_alike(case: Case) -> None:
    _, plan = recorded(case)
    detour = " ".join(plan.split()[:4] + plan.split())
    samples = [answer(f"create 0,0 {each}") for each in (plan, detour, "plan 0,0", plan, detour)]
    samples.append(answer(f"create 0,0 {plan}", finished=False))
    found = Judge(WORDS, ())(case, 10**6, samples)
    assert found.costs == (case.cost, case.cost + 2, None, case.cost, case.cost + 2, None)


def test_of_equally_short_traces_the_first_sample_is_kept(case: Case) -> None:
    _, plan = recorded(case)
    assert judged(case, [answer(f"create 0,{y} {plan}") for y in (2, 1, 3)]) == f"create 0,2 {plan}"


def candidate(case: Case, text: str, present: int = 1000, costs: tuple[int | None, ...] = ()) -> Candidate:
    words = text.split()
    return Candidate(WORDS, case, WORDS.ids(words), words.index("plan"), present, costs)


def test_filters_look_at_the_trace(case: Case) -> None:
    trace, plan = recorded(case)
    valid, complete = filter_named("valid-trace"), filter_named("complete")
    clauses = trace.replace("close", "|close").replace("create", "|create").split("|")[1:]
    without_costs = " ".join(word for word in trace.split() if not word.startswith("c") or word in ("create", "close"))
    forms = {
        f"{trace} {plan}": (True, True),
        f"{''.join(clauses[:-1])} {plan}": (False, True),  # the goal is not closed
        f"{''.join(each for each in clauses if 'create' in each)} {plan}": (False, False),
        f"{without_costs} {plan}": (False, False),
    }
    for text, (is_valid, is_complete) in forms.items():
        assert (valid(candidate(case, text)), complete(candidate(case, text))) == (is_valid, is_complete), text


def test_filters_count_lengths_and_votes(case: Case) -> None:
    text = "create 0,0 c0 c1 plan 0,0"
    longest, least = filter_named("max-length=0.5"), filter_named("min-length=0.5")
    for present, few_enough, enough in ((7, False, True), (8, True, True), (9, True, False)):
        assert (longest(candidate(case, text, present)), least(candidate(case, text, present))) == (few_enough, enough)
    majority, best = filter_named("majority"), case.cost
    votes = {(best, None, None): True, (best, best + 2): False, (best, best, best + 2, None): True}
    for costs, expected in votes.items():
        assert majority(candidate(case, text, costs=costs)) == expected
    sure = filter_named("sure=0.75")
    for costs, expected in {(best,) * 3 + (None,): True, (best, best, best + 2): False, (best,): True}.items():
        assert sure(candidate(case, text, costs=costs)) == expected


def test_a_filter_takes_a_share_of_the_problems_by_their_content(case: Case) -> None:
    digits = np.random.default_rng(3).bytes(32 * 400).hex()
    cases = [replace(case, id=digits[64 * i : 64 * i + 64]) for i in range(400)]
    taken = {}
    for share in (0.0, 0.3, 0.9, 1.0):
        agrees = filter_named(f"share={share}")
        taken[share] = {each.id for each in cases if agrees(candidate(each, "plan 0,0"))}
        assert abs(len(taken[share]) / len(cases) - share) < 0.08
    assert taken[0.0] < taken[0.3] < taken[0.9] < taken[1.0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("valid-trce", "Did you mean 'valid-trace'"),
        ("max-length", "max-length=0.8"),
        ("min-length=1.5", "from 0 to 1"),
        ("majority=3", "has no number"),
        ("sure=often", "sure=0.8"),
    ],
)
def test_a_filter_that_there_is_not_is_named(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filter_named(name)


def test_every_filter_has_its_name() -> None:
    for name in FILTERS:
        assert callable(filter_named(name.replace("X", "0.5")))


def test_the_chance_of_a_sample_depends_on_seed_round_problem_and_number(case: Case) -> None:
    asked = Sampling(3, 1.0, (), seed=7, number=2)
    first = [prompt.seed for prompt in prompts(case, asked)]
    assert [prompt.seed for prompt in prompts(case, replace(asked, num_samples=5))][:3] == first
    for mode, forced in {"slow": (CREATE,), "fast": (PLAN,), "auto": ()}.items():
        assert all(each.forced == forced for each in prompts(case, replace(asked, mode=mode)))
    others = [replace(asked, seed=8), replace(asked, number=3)]
    other_case = cases_of(WORDS, overfitted.traces())[1]
    seeds = [*first, *(prompt.seed for each in others for prompt in prompts(case, each))]
    seeds += [prompt.seed for prompt in prompts(other_case, asked)]
    assert len(set(seeds)) == 12
    assert all(prompt.forced == (CREATE,) for prompt in prompts(case, asked))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Return a part with eight problems, some of which the network knows by heart, sampled with much chance."""
    directory = tmp_path_factory.mktemp("sampling")
    checkpoint = overfitted.checkpoint()
    save(directory / "network", checkpoint.network, checkpoint.token_format, checkpoint.facts)
    mazes = overfitted.MAZES
    make_data(mazes, mazes.sampling(overfitted.SIZE), num=40, seed=5, out=directory / "data", test_percent=1)
    asked = Sampling(4, 1.3, (), seed=1, number=1)
    examples = np.arange(8)
    return Work(directory / "part.npz", directory / "data", examples, str(directory / "network"), "cpu", 8, asked)


def contents(part: Any) -> list[Any]:
    names = ("examples", "solved", "optimal", "tokens", "recorded", "present")
    return [
        *(getattr(part, name).tolist() for name in names),
        part.answers.tokens.tolist(),
        part.answers.offsets.tolist(),
    ]


def test_a_part_is_the_same_however_problems_are_shared_out(work: Work) -> None:
    whole = sample(work)
    assert len(set(whole.tokens.tolist())) > 1
    parts = [
        sample(
            replace(work, file=work.file.with_name(f"{start}.npz"), examples=np.arange(start, start + 4), batch_size=3)
        )
        for start in (4, 0)
    ]
    for name in ("solved", "optimal", "tokens"):
        joined = np.concatenate([getattr(part, name) for part in reversed(parts)])
        assert joined.tolist() == getattr(whole, name).tolist()
    again = known_part(work)
    assert contents(again) == contents(whole)


def test_a_part_that_is_damaged_or_of_other_problems_is_sampled_again(work: Work) -> None:
    whole = sample(work)
    assert known_part(replace(work, examples=np.arange(1, 9))) is None
    content = work.file.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"PK\x03\x04"):
        work.file.write_bytes(damaged)
        assert known_part(work) is None
    assert contents(sample(work)) == contents(whole)


def test_present_lengths_are_those_of_the_answers_that_are_learned(work: Work, tmp_path: Path) -> None:
    words = overfitted.token_format()
    short = words.ids(["create", "0,0", "plan", "0,0"])
    answers = {3: short, 5: words.ids(["plan", "0,0"])}
    derive(work.data, tmp_path / "new", examples=np.arange(8), answers=answers, token_format=words, model="f" * 64)
    tokens = words.encode(TraceSet(work.data, "train").traces(slice(0, 8)))
    expected = np.diff(tokens.trace_offsets)
    part = sample(replace(work, data=tmp_path / "new", file=tmp_path / "part.npz"))
    assert part.recorded.tolist() == expected.tolist()
    expected[[3, 5]] = 2, 0
    assert part.present.tolist() == expected.tolist()


def test_sampling_leaves_the_number_of_threads(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    sample(replace(work, examples=np.arange(1)))
    assert torch.get_num_threads() == before
    assert improvement_sampling._LARGE > 1_000_000


@pytest.mark.parametrize(("name", "size", "options"), [("sokoban", 7, {}), ("tiles", 3, {"moves": 9}), ("maze", 4, {})])
@pytest.mark.parametrize("format_name", ["paper", "compact"])
def test_every_domain_keeps_and_learns_what_is_shorter(
    name: str, size: int, options: dict[str, int], format_name: str, tmp_path: Path
) -> None:
    domain = DOMAINS[name]
    sampling = domain.sampling(size, options=options)
    make_data(domain, sampling, num=20, seed=2, out=tmp_path / "data", test_percent=1, draws_per_shard=32)
    words, source = format_of_set(tmp_path / "data", format_name), TraceSet(tmp_path / "data", "train")
    tokens = words.encode(source.traces(slice(None)))
    cases, judge = cases_of(words, source.traces(slice(None))), Judge(words, ())
    answers = {}
    for i, case in enumerate(cases):
        _, trace, plan = tokens[i]
        second = int(np.flatnonzero(np.isin(trace, (CREATE, CLOSE)))[1])
        samples = [Generated(np.concatenate((trace[:end], plan)), True) for end in (len(trace), second)]
        found = judge(case, case.trace_tokens, samples)
        assert found.costs == (case.cost, case.cost)
        assert found.answer is not None
        assert len(found.answer) == second + len(plan)
        answers[i] = found.answer
    del answers[0]
    examples = np.arange(len(cases))
    derive(tmp_path / "data", tmp_path / "new", examples=examples, answers=answers, token_format=words, model="f" * 64)
    settings = TrainingConfig(token_format=format_name, mode="trace")
    targets = improved_targets(tmp_path / "new", settings)
    assert targets is not None
    learned = targets(tokens).of(examples, 0)
    assert learned[0][1:-1].tolist() == np.concatenate(tokens[0][1:]).tolist()
    assert all(learned[i][1:-1].tolist() == answer.tolist() for i, answer in answers.items())
