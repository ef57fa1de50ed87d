"""Slow, fast and auto: who has learned what, what each is asked, and whether auto thinks where it should."""

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.tokens import PLAN, Tokens
from searchformer import evaluation, judging, modes
from searchformer.cases import Case, cases_of
from searchformer.checkpoint import Checkpoint, save
from searchformer.choice import Choice
from searchformer.cli import main
from searchformer.dropping import DroppedTargets, mix_named
from searchformer.evaluation import EvaluationSettings, evaluate
from searchformer.generation import Generated, Prompt
from searchformer.metrics import NOTHING
from searchformer.planner import answer_all
from searchformer.report import Report
from searchformer.report_table import table
from searchformer.trace_validity import FORMS, form_of
from tests.searchformer import overfitted
from tests.searchformer.test_evaluation import CASES, FORMAT, astars, network_of, value

# Who has learned what

WHOLE, DUAL, PLANS = {"mode": "trace", "dropping": "L0"}, {"mode": "trace", "dropping": "maze"}, {"mode": "plan"}


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        (WHOLE, ("slow",)),
        (DUAL, ("slow", "fast", "auto")),
        (PLANS, ("fast",)),
        ({"mode": "plan", "dropping": "L0"}, ("fast",)),
        ({"mode": "trace", "dropping": "two-mode"}, ("slow", "fast", "auto")),
        ({"mode": "trace", "dropping": "L3"}, ("slow",)),
        ({"mode": "trace", "dropping": "L4"}, ("fast",)),
        ({"mode": "trace", "dropping": "0.5 0.5 0 0 0"}, ("slow",)),
        ({"mode": "trace", "dropping": "0.5 0 0 0 1/2"}, ("slow", "fast", "auto")),
        ({"mode": "trace"}, None),
        ({}, None),
        ({"mode": "trace", "dropping": ["maze"]}, None),
        ({"mode": ["plan"], "dropping": "\n|"}, None),
    ],
)
def test_the_training_tells_which_modes_are_learned(facts: dict[str, Any], known: tuple[str, ...] | None) -> None:
    assert modes.learned(facts) == known
    assert modes.usual(facts) == (known or ("slow",))[0]


def test_the_training_tells_whether_all_events_have_their_costs() -> None:
    for dropping, has_costs in {"L0": True, "L1": True, "two-mode": True, "L3": False, "maze": False}.items():
        assert modes.has_costs({"mode": "trace", "dropping": dropping}) == has_costs
    assert modes.has_costs({"mode": "trace"})


def test_a_mode_that_was_not_learned_is_refused_or_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    for facts in (WHOLE, DUAL, PLANS, {}):
        for mode in modes.learned(facts) or modes.MODES:
            modes.check(facts, mode)
    assert not caplog.records
    for facts in (PLANS, {"mode": "trace", "dropping": "L4"}):
        with pytest.raises(ValueError, match="trained on plans alone, and cannot think: take mode 'fast'"):
            modes.check(facts, "slow")
    for facts, mode in ((WHOLE, "fast"), (WHOLE, "auto"), (PLANS, "auto")):
        modes.check(facts, mode)
        assert f"has never learned mode '{mode}'" in caplog.messages[-1]
    assert len(caplog.records) == 3
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_the_planner_answers_in_a_mode_that_was_not_learned_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    known = overfitted.checkpoint()
    whole = Checkpoint(known.network, known.token_format, WHOLE)
    (answer,) = answer_all(overfitted.mazes()[:1], whole, mode="fast")
    assert answer.result.solution is not None
    assert caplog.messages == [
        "this checkpoint has never learned mode 'fast', only 'slow': one that was trained with dropping knows them all"
    ]
    answer_all(overfitted.mazes()[:1], Checkpoint(known.network, known.token_format, DUAL), mode="fast")
    assert len(caplog.messages) == 1


# How traces are written


@pytest.mark.parametrize(("level", "form"), [("L0", 0), ("L1", 1), ("L2", 2), ("L3", 2), ("L4", 3)])
def test_every_level_of_dropping_has_its_form(level: str, form: int) -> None:
    token_format = overfitted.token_format()
    tokens = token_format.encode(overfitted.traces())
    targets = DroppedTargets(tokens, token_format, mix_named(level), 1)
    for target in targets.of(range(len(tokens)), 0):
        trace = target[1 : target.tolist().index(PLAN)]
        assert form_of(token_format, token_format.text(trace)) == FORMS[form]


def written(levels: dict[str, str], settings: EvaluationSettings) -> Report:
    """Evaluate a writer of A*'s traces in the place of the network; a level of dropping for each case's id."""
    return with_writer(lambda case, number, _: at_level(astars(case, number), levels[case.id], number), settings)


def at_level(answer: Generated, level: str, seed: int) -> Generated:
    tokens = answer.tokens
    plan = tokens.tolist().index(PLAN)
    ends = np.array([0, plan]), np.array([0, len(tokens) - plan])
    columns = Tokens(tokens[:0], np.zeros(2, np.int64), tokens[:plan], ends[0], tokens[plan:], ends[1])
    (target,) = DroppedTargets(columns, FORMAT, mix_named(level), seed).of([0], 0)
    return Generated(target[1:-1], answer.finished)


Writer = Callable[[Case, int, Prompt], Generated]


def with_writer(writer: Writer, settings: EvaluationSettings) -> Report:
    by_prompt = {case.prompt.tobytes(): case for case in CASES}

    def generate(_: Any, prompts: Sequence[Prompt], *, on_answer: Any, choice: Choice, **__: Any) -> None:
        num_samples = len(prompts) // len(CASES)
        is_settled = settings.mode == "auto" and prompts[0].forced == (PLAN,)
        assert choice == (Choice() if is_settled else settings.choice)
        for place, prompt in enumerate(prompts):
            on_answer(place, writer(by_prompt[prompt.tokens.tobytes()], place % num_samples, prompt))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "generate", generate)
        return evaluate(network_of(), FORMAT, CASES, settings)


def test_traces_are_told_apart_by_how_they_are_written_and_full_ones_alone_are_judged() -> None:
    names = [*("L0",) * 5, "L1", "L1", "L2", "L3", "L3", "L4", "L4"]
    levels = {case.id: name for case, name in zip(CASES, names, strict=True)}
    report = written(levels, EvaluationSettings(num_samples=2, choice=Choice(1.0), num_astar_runs=2))
    validity = report.trace_validity
    shares = {form: round(12 * value(figure)) for form, figure in validity.forms.items()}
    assert shares == {"full": 5, "without_close": 2, "without_costs": 3, "none": 2}
    assert (validity.n, validity.valid.value, validity.first_violations) == (10, 1, {})
    assert report.strict.optimal.value == 1
    told = report.as_json()["trace_validity"]
    assert told["forms"].keys() == set(FORMS)
    assert told["forms"]["none"].keys() == {"value", "low", "high"}
    shown = table(report)
    assert "traces without close" in shown
    assert "full traces valid" in shown
    without = written(dict.fromkeys(levels, "L2"), EvaluationSettings(num_astar_runs=0))
    assert (without.trace_validity.n, without.trace_validity.valid) == (0, NOTHING)
    assert "valid" not in without.as_json()["trace_validity"]
    assert "traces full" not in table(without)


def test_a_wrong_full_trace_is_not_excused_by_its_form() -> None:
    """One close is enough to be held against A*."""

    def without_most_closes(case: Case, number: int, _: Prompt) -> Generated:
        whole, cut = astars(case, number), at_level(astars(case, number), "L1", 0)
        plan = whole.tokens.tolist().index(PLAN)
        cut_plan = cut.tokens.tolist().index(PLAN)
        last_close = whole.tokens[plan - 4 : plan]
        return Generated(np.concatenate((cut.tokens[:cut_plan], last_close, cut.tokens[cut_plan:])), True)

    report = with_writer(without_most_closes, EvaluationSettings(num_astar_runs=0))
    assert report.trace_validity.forms["full"].value == 1
    assert report.trace_validity.valid.value == 0


# Whether auto thinks rightly


def test_the_four_cases_of_thinking_are_counted() -> None:
    """In cases 0 to 2, fast fails (by a detour, or before the goal); samples with number 1 think in even cases."""
    places = {case.id: number for number, case in enumerate(CASES)}

    def writer(case: Case, number: int, prompt: Prompt) -> Generated:
        answer = astars(case, number)
        at_once = Generated(answer.tokens[answer.tokens.tolist().index(PLAN) :], True)
        if prompt.forced:
            assert prompt.forced == (PLAN,)
            detour = Generated(np.concatenate((at_once.tokens[:4], at_once.tokens)), True)
            return (detour, detour, Generated(at_once.tokens[:-2], True), at_once)[min(places[case.id], 3)]
        return answer if number and places[case.id] % 2 == 0 else at_once

    report = with_writer(writer, EvaluationSettings("auto", num_samples=2, choice=Choice(1.0), num_astar_runs=0))
    deciding = report.deciding
    assert deciding is not None
    counts = {name: num for name, (num, _) in deciding.cells.items()}
    assert counts == {
        "thought_where_fast_fails": 2,
        "thought_where_fast_is_optimal": 4,
        "at_once_where_fast_fails": 4,
        "at_once_where_fast_is_optimal": 14,
    }
    assert [value(figure) for _, figure in deciding.cells.values()] == pytest.approx([2 / 24, 4 / 24, 4 / 24, 14 / 24])
    assert value(deciding.thought) == pytest.approx(6 / 24)
    assert value(deciding.right) == pytest.approx(16 / 24)
    assert value(deciding.thought_where_fast_fails) == pytest.approx(2 / 6)
    assert value(deciding.thought_where_fast_is_optimal) == pytest.approx(4 / 18)
    told = json.loads(json.dumps(report.as_json(), allow_nan=False))["deciding"]
    assert told["cells"]["at_once_where_fast_fails"]["num"] == 4
    assert told["right"]["low"] < told["right"]["value"] < told["right"]["high"]
    assert "whether auto thinks rightly, against its greedy fast answers: 66.7 %" in table(report)
    assert max(map(len, table(report).splitlines())) <= 120
    assert report.num_tokens == report.n * 2 * value(report.answer_tokens), "the fast answers are not auto's"


def test_without_a_fast_failure_nothing_is_said_of_what_happens_there() -> None:
    def writer(case: Case, number: int, _: Prompt) -> Generated:
        answer = astars(case, number)
        return Generated(answer.tokens[answer.tokens.tolist().index(PLAN) :], True)

    report = with_writer(writer, EvaluationSettings("auto", num_astar_runs=0))
    assert report.deciding is not None
    assert (report.deciding.right.value, report.deciding.thought_where_fast_fails) == (1, NOTHING)
    assert "thought_where_fast_fails" not in report.as_json()["deciding"]


@pytest.mark.parametrize("mode", ["slow", "fast"])
def test_in_other_modes_nothing_is_decided(mode: str) -> None:
    report = evaluate(network_of(), FORMAT, CASES, EvaluationSettings(mode, max_tokens=9, num_astar_runs=0))
    assert report.deciding is None
    assert "deciding" not in report.as_json()


def known_cases() -> list[Case]:
    return cases_of(overfitted.token_format(), overfitted.traces())


def test_auto_is_what_its_first_word_makes_it() -> None:
    """Greedily, its answer is the slow or the fast one, and what is said of the latter is what mode fast says."""
    network = overfitted.checkpoint().network
    told: dict[str, dict[str, Any]] = {}
    for mode in modes.MODES:
        told[mode] = {}
        settings = EvaluationSettings(mode, num_astar_runs=0)
        evaluate(
            network,
            overfitted.token_format(),
            known_cases(),
            settings,
            on_measured=lambda new, mode=mode: told[mode].update({new.id: new}),  # type: ignore[misc]  # its type is known
        )
    for case in known_cases():
        slow, fast, auto = (told[mode][case.id] for mode in modes.MODES)
        assert auto.samples == (slow if auto.samples[0].trace_tokens else fast).samples
        assert auto.fast_optimal is (fast.samples[0].strict_cost == case.cost)
        assert slow.fast_optimal is fast.fast_optimal is None


# The command


@pytest.fixture(scope="module")
def dual(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("checkpoint") / "dual"
    known = overfitted.checkpoint()
    save(place, known.network, known.token_format, DUAL)
    return str(place)


SHORT = ["--num", "6", "--astar-runs", "2", "--device", "cpu", "--max-tokens", "60"]


def reported(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["evaluate", *SHORT, "--json", *words]) == 0
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    return content


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in report.items() if name not in ("seconds", "tokens_per_s")}


def test_all_modes_at_once_are_what_each_is_alone(dual: str, capsys: pytest.CaptureFixture[str]) -> None:
    together = reported(capsys, "--checkpoint", dual, "--mode", "all")
    assert together.keys() == {"schema", "n", "modes", "checkpoint", "token_format", "problems", "device"}
    assert list(together["modes"]) == list(modes.MODES)
    about = {name: together[name] for name in ("checkpoint", "token_format", "problems", "device")}
    for mode, report in together["modes"].items():
        alone = reported(capsys, "--checkpoint", dual, "--mode", mode)
        assert timeless(alone) == timeless(report | about)
        assert {"n", "mode", "strict", "lenient", "trace_tokens"} <= report.keys()
    two = reported(capsys, "--checkpoint", dual, "--mode", "auto", "fast")
    assert list(two["modes"]) == ["fast", "auto"]
    assert reported(capsys, "--checkpoint", dual, "--mode", "fast", "fast")["mode"] == "fast"


def test_all_modes_are_shown_side_by_side(dual: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *SHORT, "--checkpoint", dual, "--mode", "all", "--samples", "3"]) == 0
    shown = capsys.readouterr().out
    lines = shown.partition("mode slow:")[0].splitlines()
    assert lines[0] == "6 problems, 3 samples each; strict, intervals of 95 %"
    assert lines[2].split() == list(modes.MODES)
    firsts = " ".join(line[:22].strip() for line in lines)
    for name in ("solved", "optimal", "swc", "distinct_plans", "trace tokens", "all tokens", "seconds", "at once"):
        assert name in firsts
    assert max(map(len, lines)) <= 120
    assert len(lines) <= 40


def test_an_interrupted_run_of_all_modes_goes_on(
    dual: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reported(capsys, "--checkpoint", dual, "--mode", "all")
    file = tmp_path / "report.json"
    words = ["evaluate", *SHORT, "--checkpoint", dual, "--mode", "all", "--json", "--report", str(file)]
    real, count = judging.judge, 0

    def interrupted(*arguments: Any) -> Any:
        nonlocal count
        count += 1
        if count == 16:  # six slow ones, six fast ones, and four for auto
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(evaluation, "judge", interrupted)
    assert main(words) == 130
    said = capsys.readouterr().err
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {f"report.json.{mode}.partial.jsonl" for mode in modes.MODES}
    assert all(name in said for name in kept)
    assert main(words) == 2
    assert "--resume" in capsys.readouterr().err
    count = -100
    assert main([*words, "--resume"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert count == -100 + 6 + 6, "the slow and the fast answers were there"
    assert {name: timeless(report) for name, report in again["modes"].items()} == {
        name: timeless(report) for name, report in whole["modes"].items()
    }
    assert list(tmp_path.iterdir()) == [file]


def test_a_mode_that_was_not_learned_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = overfitted.checkpoint()
    for name, facts in (("plans", PLANS), ("whole", WHOLE)):
        save(tmp_path / name, known.network, known.token_format, facts)
    for mode in ("slow", "all"):
        assert main(["evaluate", *SHORT, "--checkpoint", str(tmp_path / "plans"), "--mode", mode]) == 2
        assert "was trained on plans alone, and cannot think: take mode 'fast'" in capsys.readouterr().err
    assert main(["evaluate", *SHORT, "--checkpoint", str(tmp_path / "whole"), "--mode", "fast", "auto"]) == 0
    assert capsys.readouterr().err.count("has never learned") == 2


@pytest.mark.parametrize("command", ["evaluate", "solve"])
def test_help_explains_the_modes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{mode}: {meaning}" in said for mode, meaning in modes.MODES.items())
