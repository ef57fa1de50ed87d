"""A writer of A*'s own traces scores 1, each planted fault is found, and nothing depends on batches or stops."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data.generation import generate as make_data
from data.shards import TraceSet
from data.splitting import fingerprints
from data.tokens import CLOSE, CREATE, PLAN, TokenFormat
from planning.maze.domain import MazeDomain
from planning.traces import Traces
from searchformer import cases as cases_module
from searchformer import evaluation
from searchformer.cases import Case, astar_tokens, fresh_cases, num_layouts, recorded_cases, training_ids
from searchformer.choice import Choice
from searchformer.evaluation import EvaluationSettings, evaluate, weights_sha256
from searchformer.generation import Generated, Prompt
from searchformer.metrics import NOTHING, Figure
from searchformer.partial_results import PartialResults
from searchformer.report import Measured, Report
from searchformer.report_table import failure_text, table
from searchformer.transformer import Transformer, TransformerConfig
from solvers.chance import derive

DOMAIN = MazeDomain()
FORMAT = TokenFormat(DOMAIN, "compact", 4, 4, 20)
SAMPLING = DOMAIN.sampling(4)
CASES = fresh_cases(FORMAT, SAMPLING, 12, 5)
Writer = Callable[[Case, int], Generated]


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def network_of(seed: int = 0) -> Transformer:
    torch.manual_seed(seed)
    return Transformer(TransformerConfig(len(FORMAT.words), 16, 1, 1, 2, 128))


def astars(case: Case, seed: int) -> Generated:
    """Write what A* does with random ties."""
    tokens = FORMAT.encode(_searched(case, seed))
    return Generated(np.concatenate([tokens.traces, tokens.plans]), True)


def _searched(case: Case, seed: int) -> Any:
    return DOMAIN.search(case.problem, seed=seed).traces


def written_by(writer: Writer, settings: EvaluationSettings | None = None, **options: Any) -> Report:
    """Evaluate a writer in the place of the network: it gets a case, and the number of the sample."""
    settings = settings or EvaluationSettings()
    by_prompt = {case.prompt.tobytes(): case for case in CASES}

    def generate(_: Any, prompts: Sequence[Prompt], *, on_answer: Any, **__: Any) -> None:
        # Backwards: the order of the answers must not matter.
        for place in reversed(range(len(prompts))):
            on_answer(place, writer(by_prompt[prompts[place].tokens.tobytes()], place % settings.num_samples))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "generate", generate)
        return evaluate(network_of(), FORMAT, CASES, settings, **options)


def comparable(report: Report) -> str:
    """Return all of a report that two runs have to agree on."""
    content = replace(report, seconds=0.0).as_json()
    return json.dumps(content, sort_keys=True)


def value(figure: Figure) -> float:
    assert figure.value is not None
    return figure.value


def test_a_writer_of_astars_traces_is_perfect() -> None:
    report = written_by(astars, EvaluationSettings(num_samples=4, num_astar_runs=64))
    for scores in (report.strict, report.lenient):
        assert [scores.solved.value, scores.optimal.value, scores.swc.value] == [1, 1, 1]
        assert {figure.value for figure in scores.at_least.values()} == {1}
        assert value(scores.ilr_on_solved) == value(scores.ilr_on_optimal) == pytest.approx(1, abs=0.1)
        assert value(scores.length_vs_astar) == pytest.approx(1, abs=0.1)
        assert 1 <= value(scores.distinct_plans) <= 4
    assert (report.trace_validity.n, report.trace_validity.valid.value) == (48, 1)
    assert report.trace_validity.first_violations == report.faults == {}
    assert report.failures == ()
    assert report.finished.value == 1
    assert (report.n, report.num_samples) == (12, 4)
    lengths = [np.mean([len(astars(case, seed).tokens) + 1 for seed in range(4)]) for case in CASES]
    assert report.answer_tokens.value == pytest.approx(np.mean(lengths))
    assert sum(bucket.n for bucket in report.by_plan_length) == 12
    assert {bucket.optimal.value for bucket in (*report.by_plan_length, *report.by_trace_tokens)} == {1}


def test_astars_own_samples_have_the_ratio_one_exactly() -> None:
    # The same searches as those that t* is the mean of.
    seeds = [[derive(0x7E57, int(case.id[:16], 16), run) for run in range(8)] for case in CASES]
    places = {case.id: i for i, case in enumerate(CASES)}
    settings = EvaluationSettings(num_samples=8, num_astar_runs=8)
    report = written_by(lambda case, number: astars(case, seeds[places[case.id]][number]), settings)
    for figure in (report.strict.ilr_on_solved, report.strict.ilr_on_optimal, report.strict.length_vs_astar):
        assert (figure.value, figure.low, figure.high) == pytest.approx((1, 1, 1))


def planted(case: Case, number: int) -> Generated:
    """Write A*'s answer with a fault: a different one for each sample."""
    tokens, finished = astars(case, number).tokens.tolist(), number != 1
    first, plan = tokens.index(CLOSE), tokens.index(PLAN)
    if number == 2:
        tokens[-1] = tokens[plan + 1]  # the last step goes back to the start
    elif number == 3:
        del tokens[-2:]  # no step to the goal
    elif number == 4:
        tokens[first + 3] += 1  # h of the first close
    elif number == 5:
        tokens = tokens[: plan - 4] + tokens[plan:]  # the goal's close is left out
    elif number == 6:
        tokens[plan + 2] = CREATE  # a head in the plan
    elif number == 7:
        tokens = tokens[plan:]
    return Generated(np.array(tokens, np.uint16), finished)


def test_planted_faults_are_found() -> None:
    report = written_by(planted, EvaluationSettings(num_samples=8, choice=Choice(1.0)))
    assert report.faults == {"eos": 12, "goal": 12, "step": 12, "syntax": 12}
    assert report.trace_validity.first_violations == {"close": 12, "end": 12}
    assert report.trace_validity.n == 7 * 12
    assert report.trace_validity.valid.value == pytest.approx(5 / 7)
    assert report.strict.solved.value == pytest.approx(4 / 8)
    assert report.lenient.solved.value == pytest.approx(6 / 8)
    assert report.finished.value == pytest.approx(7 / 8)
    assert len(report.failures) == 5
    failure = report.failures[0]
    assert failure.id == CASES[0].id
    assert "no 'eos'" in failure.violation
    assert failure.problem == DOMAIN.show(CASES[0].problem)
    assert failure.problem in failure_text(failure)
    assert failure.answer.startswith("bos create")


def test_a_longer_plan_is_solved_and_not_optimal() -> None:
    def there_and_back(case: Case, number: int) -> Generated:
        tokens = FORMAT.encode(_searched(case, number))
        start, second = tokens.plans[:2], tokens.plans[2:4]
        return Generated(np.concatenate([tokens.traces, start, second, tokens.plans]), True)

    report = written_by(there_and_back)
    assert (report.strict.solved.value, report.strict.optimal.value) == (1, 0)
    assert report.strict.swc.value == pytest.approx(np.mean([case.cost / (case.cost + 2) for case in CASES]))
    assert report.strict.ilr_on_optimal.value == 0
    assert report.strict.length_vs_astar == NOTHING


def test_without_traces_nothing_is_said_of_them() -> None:
    def plan_alone(case: Case, number: int) -> Generated:
        return Generated(FORMAT.encode(_searched(case, number)).plans, True)

    report = written_by(plan_alone, EvaluationSettings(mode="fast"))
    assert report.strict.optimal.value == 1
    assert (report.trace_tokens.value, report.trace_validity.n, report.trace_validity.valid) == (0, 0, NOTHING)
    assert {"ilr_on_solved", "length_vs_astar"}.isdisjoint(report.as_json()["strict"])


def test_the_report_has_the_agreed_keys_and_fits_a_screen() -> None:
    report = written_by(planted, EvaluationSettings(num_samples=8))
    content = json.loads(json.dumps(report.as_json({"checkpoint": {"sha256": "0"}}), allow_nan=False))
    assert {"n", "mode", "strict", "lenient", "trace_tokens", "settings", "checkpoint", "failures"} <= content.keys()
    for figure in (content["strict"]["solved"], content["lenient"]["swc"], content["trace_tokens"]):
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert {name for name in content["strict"] if "-" in name} == {
        f"{least}-{name}-8" for least in (1, 3) for name in ("solved", "optimal")
    }
    for name, figure in content["strict"].items():
        if not name.startswith(("ilr", "length")):
            assert figure["value"] <= content["lenient"][name]["value"] + 1e-9
    lines = table(report).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("settings", [EvaluationSettings(), EvaluationSettings("auto", 3, Choice(1.0, 9, 0.9))])
def test_the_batch_size_does_not_matter(settings: EvaluationSettings) -> None:
    network = network_of().train()
    settings = replace(settings, max_tokens=40, seed=3, num_astar_runs=2)
    reports = [evaluate(network, FORMAT, CASES, replace(settings, batch_size=size)) for size in (1, 5, 64)]
    assert len({comparable(report) for report in reports}) == 1
    assert network.training, "as it was"
    assert reports[0].num_tokens > 12
    assert comparable(evaluate(network, FORMAT, CASES[::-1], settings)) != ""


def test_a_sample_depends_on_its_problem_and_number_alone() -> None:
    network, told = network_of(), dict[str, Measured]()
    settings = EvaluationSettings("auto", 2, Choice(1.0), max_tokens=30, num_astar_runs=0)
    evaluate(network, FORMAT, CASES, settings, on_measured=lambda new: told.update({new.id: new}))
    again = dict[str, Measured]()
    evaluate(network, FORMAT, CASES[7:3:-1], settings, on_measured=lambda new: again.update({new.id: new}))
    assert {key: each.samples for key, each in again.items()} == {key: told[key].samples for key in again}
    assert len({each.samples for each in told.values()}) > 1
    more = evaluate(network, FORMAT, CASES, replace(settings, seed=1))
    assert comparable(more) != comparable(evaluate(network, FORMAT, CASES, settings))


def test_every_sample_has_a_chance_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = list[int]()

    def generate(_: Any, prompts: Sequence[Prompt], **__: Any) -> None:
        seeds.extend(prompt.seed for prompt in prompts)
        raise StoppedError

    monkeypatch.setattr(evaluation, "generate", generate)
    with pytest.raises(StoppedError):
        evaluate(network_of(), FORMAT, CASES, EvaluationSettings(num_samples=5))
    assert len(set(seeds)) == 60


def test_a_grammar_leaves_no_syntax_to_break() -> None:
    settings = EvaluationSettings("auto", 3, Choice(1.0), max_tokens=60, num_astar_runs=0)
    free = evaluate(network_of(), FORMAT, CASES, settings)
    kept = evaluate(network_of(), FORMAT, CASES, replace(settings, grammar=True))
    assert free.trace_validity.first_violations["syntax"] > 10
    cut_off = kept.num_samples * kept.n * (1 - value(kept.finished))
    assert kept.trace_validity.first_violations.get("syntax", 0) <= cut_off


class StoppedError(Exception):
    """Stands for a kill."""


def test_a_killed_run_goes_on_and_says_the_same(tmp_path: Path) -> None:
    settings = EvaluationSettings(num_samples=8, choice=Choice(1.0))
    whole, asked, report = written_by(planted, settings), {"settings": settings.as_json()}, tmp_path / "report.json"
    counts: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        counts.append((done, total))
        if done == 5:
            raise StoppedError

    with PartialResults(report, asked, resume=False) as kept, pytest.raises(StoppedError):
        written_by(planted, settings, on_measured=kept.append, on_progress=stop)
    assert counts[0] == (0, 12)
    with kept.file.open("a") as stream:
        stream.write('{"id": "half a li')
    answered = []

    def noting(case: Case, number: int) -> Generated:
        answered.append(case.id)
        return planted(case, number)

    with PartialResults(report, asked, resume=True) as kept:
        assert len(kept.known) == 5
        progress = counts[:0]
        again = written_by(
            noting,
            settings,
            known=kept.known,
            on_measured=kept.append,
            on_progress=lambda done, total: progress.append((done, total)),
        )
    assert comparable(again) == comparable(whole)
    assert len(set(answered)) == 7
    assert progress[0] == (5, 12)
    assert progress[-1] == (12, 12)
    with PartialResults(report, asked, resume=True) as kept:
        assert len(kept.known) == 12
        assert comparable(written_by(noting, settings, known=kept.known)) == comparable(whole)
        kept.discard()
    assert list(tmp_path.iterdir()) == []


def test_partial_results_are_neither_mixed_nor_lost(tmp_path: Path) -> None:
    report, asked = tmp_path / "report.json", {"settings": {"seed": 1}, "checkpoint": "a"}
    with PartialResults(report, asked, resume=True) as kept:
        assert kept.known == {}
    with pytest.raises(ValueError, match="--resume"):
        PartialResults(report, asked, resume=False)
    with pytest.raises(ValueError, match=r"settings \{\"seed\": 1\}, and \{\"seed\": 2\} is asked for"):
        PartialResults(report, {**asked, "settings": {"seed": 2}}, resume=True)
    kept.file.write_bytes(kept.file.read_bytes() + b'{"no": "id"}\n')
    with pytest.raises(ValueError, match="damaged"):
        PartialResults(report, asked, resume=True)


def test_an_evaluation_without_a_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="problems"):
        evaluate(network_of(), FORMAT, [])
    with pytest.raises(ValueError, match="once"):
        evaluate(network_of(), FORMAT, [CASES[0], CASES[0]])
    for wrong in ({"mode": "slwo"}, {"num_samples": 0}, {"max_tokens": 0}, {"batch_size": 0}, {"num_astar_runs": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}|Did you mean 'slow'"):
            EvaluationSettings(**wrong)


def test_the_weights_have_one_hash() -> None:
    assert weights_sha256(network_of(0)) == weights_sha256(network_of(0).double())
    assert weights_sha256(network_of(0)) != weights_sha256(network_of(1))


def test_fresh_problems_are_of_many_layouts_and_in_no_training_set(tmp_path: Path) -> None:
    token_format, sampling = TokenFormat(DOMAIN, "compact", 6, 6, 60), DOMAIN.sampling(6)
    cases = fresh_cases(token_format, sampling, 150, 1)
    assert len({case.id for case in cases}) == 150
    assert num_layouts(token_format, cases) > 90
    more = fresh_cases(token_format, sampling, 200, 1)
    assert [case.id for case in more[:150]] == [case.id for case in cases]
    assert not _ids(cases) & _ids(fresh_cases(token_format, sampling, 150, 2))
    for seed in (1, 2):
        make_data(DOMAIN, sampling, num=3000, seed=seed, out=tmp_path / str(seed))
        assert not _ids(cases) & training_ids(tmp_path / str(seed))
        assert len(training_ids(tmp_path / str(seed))) == len(TraceSet(tmp_path / str(seed)))
    for case in cases:  # most fresh problems are in no data set, anyway: the layout says it for all of them
        alone = Traces.of(DOMAIN.codes(case.problem), (), None, (), 1)
        assert fingerprints(DOMAIN, alone, 10)[1].all()
    excluded = frozenset(case.id for case in cases[:20])
    assert not excluded & _ids(fresh_cases(token_format, sampling, 100, 1, excluded=excluded))
    for case in cases[:10]:
        searched = DOMAIN.search(case.problem)
        assert searched.result.cost == case.cost
        assert searched.traces is not None
        assert len(searched.traces.plans) == case.plan_length
        assert 4 * len(searched.traces.kinds) == case.trace_tokens
        assert astar_tokens(token_format, case, 3) == astar_tokens(token_format, case, 3)


def _ids(cases: list[Case]) -> set[str]:
    return {case.id for case in cases}


def test_there_are_not_more_test_problems_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    domain_format = TokenFormat(DOMAIN, "compact", 2, 2, 9)
    monkeypatch.setattr(cases_module, "MAX_FRUITLESS_DRAWS", 1000)
    with pytest.raises(ValueError, match=r"no more than \d+ different test problems of maze, size 2"):
        fresh_cases(domain_format, DOMAIN.sampling(2, None, {"min_walls": 0}), 500, 1)


def test_recorded_problems_are_spread_over_the_data_set(tmp_path: Path) -> None:
    make_data(DOMAIN, SAMPLING, num=600, seed=1, out=tmp_path / "data")
    whole = TraceSet(tmp_path / "data", "test")
    cases = recorded_cases(FORMAT, tmp_path / "data", "test", 10)
    assert len(cases) == 10
    ids = [row.tobytes().hex() for row in whole.ids]
    places = [ids.index(case.id) for case in cases]
    assert places == [i * len(whole) // 10 for i in range(10)]
    assert len(recorded_cases(FORMAT, tmp_path / "data", "train", 10**6)) == len(TraceSet(tmp_path / "data"))
    with pytest.raises(ValueError, match="4 × 4"):
        recorded_cases(TokenFormat(DOMAIN, "compact", 5, 5, 9), tmp_path / "data", "test", 3)
    with pytest.raises(ValueError, match=r"problems of maze.*learned octile"):
        recorded_cases(TokenFormat(MazeDomain(diagonal=True), "compact", 4, 4, 9), tmp_path / "data", "test", 3)
