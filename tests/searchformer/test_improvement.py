"""Rounds of improvement: what is learned is shorter, nothing held out is learned, and no stop loses anything."""

import csv
import errno
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import derived, shards
from data import manifest as manifests
from data.derived import answers_of
from data.generation import generate
from data.shards import TraceSet
from data.splitting import fingerprints
from planning.domains import DOMAINS
from searchformer import checkpoint, improvement, improvement_report, improvement_sampling, run_record, sizes
from searchformer.data_module import TraceDataModule
from searchformer.evaluation import weights_sha256
from searchformer.improved_targets import improved_targets
from searchformer.improvement import Improvement, improve
from searchformer.improvement_config import ImprovementConfig, ImprovementStopped, Machine, Unheard, fine_tuning
from searchformer.improvement_report import Round, table
from searchformer.training import train
from tests.searchformer import improvable, overfitted

BRIEF = ImprovementConfig(
    num_rounds=2,
    num_samples=2,
    num_problems=improvable.NUM_KNOWN,
    num_evaluated=4,
    training={"max_steps": 4, "learning_rate": 1e-4, "save_every": 2, "log_every": 1},
)
WORDS = overfitted.token_format()


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", improvable.SIZE)
    # Several parts, although there are few problems.
    monkeypatch.setattr(improvement, "_ANSWERS_A_PART", 4)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set with the problems that the network knows and hardly any others."""
    mazes, directory = DOMAINS["maze"], tmp_path_factory.mktemp("data") / "few"
    sampling = mazes.sampling(overfitted.SIZE, options={"tries": 1})
    generate(mazes, sampling, num=16, seed=11, out=directory, test_percent=40, draws_per_shard=16)
    assert manifests.load(directory).count("train") >= improvable.NUM_KNOWN
    return directory


@pytest.fixture(scope="module")
def start(few: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return improvable.saved(tmp_path_factory.mktemp("network") / "start", few)


@pytest.fixture(scope="module")
def config(few: Path) -> ImprovementConfig:
    return replace(BRIEF, num_problems=None)


class Watching(Unheard):
    """Does something when a stage is told of for the n-th time."""

    def __init__(self, when: str = "", number: int = 0, act: Callable[[], None] = lambda: None) -> None:
        self.when, self.left, self.act, self.stages = when, number, act, list[str]()

    def begin(self, stage: str) -> None:
        self.stages.append(stage)

    def update(self, step: int, max_steps: int, words: str) -> None:
        if self.stages[-1].endswith(self.when):
            if not self.left:
                self.act()
            self.left -= 1


class Killed(BaseException):
    """What a kill is to the program: nothing is tidied up."""


def kill() -> None:
    raise Killed


def told(done: Round) -> dict[str, Any]:
    """Return what a round came to, but for its seconds."""
    content = asdict(done)
    content.pop("learned_s")
    for name in ("network_s", "other_s") if content["sampled"] else ():
        content["sampled"].pop(name)
    return content


@pytest.fixture(scope="module")
def whole(start: str, few: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Improvement]:
    """Return an improvement that nothing has disturbed."""
    out = tmp_path_factory.mktemp("whole") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sizes.SIZES, "tiny", improvable.SIZE)
        patch.setattr(improvement, "_ANSWERS_A_PART", 4)
        return out, improve(start, few, out, replace(BRIEF, num_problems=None), command="the command")


def test_a_round_learns_shorter_answers_and_says_what_from(
    whole: tuple[Path, Improvement], few: Path, start: str
) -> None:
    out, found = whole
    beginning, first, second = found.rounds
    assert (beginning.number, beginning.sampled, beginning.data) == (0, None, None)
    assert beginning.model == weights_sha256(checkpoint.load(start).network)
    assert first.sampled is not None
    assert 0 < first.sampled.improved <= first.sampled.problems == manifests.load(few).count("train")
    assert second.sampled is not None
    assert second.sampled.learned_vs_astar < first.sampled.learned_vs_astar < 1
    manifest = manifests.load(out / "round-1" / "data")
    assert manifest.parent == manifests.Parent(manifests.load(few).sha256, beginning.model)
    assert first.data == manifest.sha256
    learned = checkpoint.load(out / "round-1" / "training" / "last")
    assert first.model == weights_sha256(learned.network) != beginning.model
    assert learned.facts["initial_sha256"] == beginning.model
    assert learned.facts["data_sha256"] == manifest.sha256
    assert learned.facts["command"] == "the command"
    assert learned.facts["steps"] == first.steps == 4
    again = checkpoint.load(out / "round-2" / "training" / "last")
    assert again.facts["initial_sha256"] == first.model
    assert manifests.load(out / "round-2" / "data").parent == manifests.Parent(manifest.sha256, first.model)


def test_every_answer_that_is_learned_is_shorter_than_the_one_before_and_optimal(
    whole: tuple[Path, Improvement], few: Path
) -> None:
    out, found = whole
    recorded = TraceSet(few, "train").traces(slice(None))
    before = np.diff(WORDS.encode(recorded).trace_offsets)
    for done in found.rounds[1:]:
        assert done.sampled is not None
        answers = answers_of(out / f"round-{done.number}" / "data", WORDS)
        assert answers is not None
        after = np.where(answers.given, answers.trace_lengths, before)
        assert (after < before).sum() == done.sampled.improved
        assert (after <= before).all()
        for i in np.flatnonzero(answers.given).tolist():
            plan = WORDS.text(answers[i][answers.trace_lengths[i] :])
            codes = recorded.codes[recorded.code_offsets[i] : recorded.code_offsets[i + 1]].tolist()
            cost = overfitted_cost(codes, [*plan, "eos"])
            assert cost == recorded.costs[i]
        before = after


def overfitted_cost(codes: list[int], words: list[str]) -> int | None:
    from data.decoding import read_plan

    return read_plan(WORDS, DOMAINS["maze"].problem(codes), words)[1].cost


def test_what_is_trained_on_are_the_answers(whole: tuple[Path, Improvement], start: str) -> None:
    out, _ = whole
    data = out / "round-1" / "data"
    settings = fine_tuning(checkpoint.load(start), BRIEF, Machine(), 1)
    module = TraceDataModule(data, settings, improved_targets(data, settings))
    answers = answers_of(data, WORDS)
    assert answers is not None
    num = len(answers)
    for i, target in enumerate(module.targets.of(range(num), 0)):
        expected = answers[i] if answers.given[i] else np.concatenate(module.examples[i][1:])
        assert target[1:-1].tolist() == expected.tolist()
    alone = fine_tuning(checkpoint.load(start), replace(BRIEF, training={"dropping": "L4"}), Machine(), 1)
    targets = improved_targets(data, alone)
    assert targets is not None
    without = targets(module.examples).lengths(0)
    assert (without < module.targets.lengths(0)).all()


@pytest.mark.parametrize("mode", ["fast", "auto"])
def test_where_it_learns_when_to_think_the_choice_counts_more_and_a_step_sees_both(start: str, mode: str) -> None:
    known = checkpoint.load(start)
    settings = fine_tuning(known, replace(BRIEF, mode=mode), Machine(), 1)
    usual = fine_tuning(known, BRIEF, Machine(), 1)
    assert (usual.accumulate, usual.choice_weight) == (1, 1)
    assert (settings.accumulate, settings.choice_weight) == (8, 30)
    assert settings.token_budget < usual.token_budget
    own = fine_tuning(known, replace(BRIEF, mode=mode, training={"choice_weight": 2.0}), Machine(), 1)
    assert own.choice_weight == 2


def test_a_training_on_an_improved_data_set_reads_its_answers(
    whole: tuple[Path, Improvement], start: str, tmp_path: Path
) -> None:
    data = whole[0] / "round-1" / "data"
    one_batch = replace(BRIEF, training={"max_steps": 1, "num_problems": 0})
    settings = fine_tuning(checkpoint.load(start), one_batch, Machine(), 1)
    module, answers = TraceDataModule(data, settings), answers_of(data, WORDS)
    assert answers is not None
    prompts = np.diff(module.examples.prompt_offsets)
    recorded = module.targets.lengths(0)
    expected = np.where(answers.given, np.diff(answers.offsets) + 2, recorded)
    assert expected.sum() < recorded.sum()
    assert train(settings, data, tmp_path / "run").num_tokens == (prompts + expected).sum()


def test_a_report_is_left_for_people_and_programs(whole: tuple[Path, Improvement]) -> None:
    out, found = whole
    with (out / "rounds.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["number"]) for row in rows] == [each.number for each in found.rounds]
    assert float(rows[0]["optimal"]) == found.rounds[0].optimal.value
    assert rows[0]["sampled_improved"] == ""
    assert float(rows[1]["sampled_learned_vs_astar"]) < 1
    assert 0 < float(rows[1]["share_outside"]) < 1
    assert (out / "rounds.png").read_bytes().startswith(b"\x89PNG")
    lines = table(found.rounds).splitlines()
    assert len(lines) == len(found.rounds) + 1
    assert {len(line) for line in lines} == {len(lines[0])}
    report = json.loads((out / "round-1" / "evaluation.json").read_bytes())
    assert report["strict"]["optimal"] == asdict(found.rounds[1].optimal)


STAGES = {
    "sampling": ("round 1, sampling", 1),
    "learning": ("round 1, learning", 2),
    "learning again": ("round 2, learning", 0),
    "measuring": ("round 1, measuring", 2),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_that_was_killed_goes_on_as_if_it_had_not_been(
    stage: str, whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path
) -> None:
    out, config = tmp_path / "run", replace(BRIEF, num_problems=None)
    with pytest.raises(Killed):
        improve(start, few, out, config, narrator=Watching(*STAGES[stage], kill))
    found = improve(start, few, out, config, resume=True)
    assert [told(each) for each in found.rounds] == [told(each) for each in whole[1].rounds]


def test_parts_that_are_there_are_not_sampled_again(
    whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, config = tmp_path / "run", replace(BRIEF, num_problems=None, num_rounds=1)
    with pytest.raises(Killed):
        improve(start, few, out, config, narrator=Watching("sampling", 1, kill))
    there = sorted(file.name for file in (out / "round-1" / "samples").iterdir())
    assert len(there) == 2
    sampled, plain = list[str](), improvement_sampling.sample

    def watched(work: Any) -> Any:
        sampled.append(work.file.name)
        return plain(work)

    monkeypatch.setattr(improvement_sampling, "sample", watched)
    improve(start, few, out, config, resume=True)
    every = sorted(file.name for file in (out / "round-1" / "samples").iterdir())
    assert sorted(sampled + there) == every


def test_a_full_disk_at_any_time_loses_nothing(
    whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, config = tmp_path / "run", replace(BRIEF, num_problems=None, num_rounds=1)
    plain, room, written, errors = manifests.write_whole, [0], list[str](), list[str]()
    found: Improvement | None = None

    def full(file: Path, content: bytes | memoryview) -> None:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        room[0] -= 1
        written.append(file.name)
        plain(file, content)

    for module in (manifests, improvement_sampling, improvement_report, run_record):
        monkeypatch.setattr(module, "write_whole", full)
    for tries in range(60):
        room[0] = 1 + tries // 2
        try:
            found = improve(start, few, out, config, resume=True)
            break
        except (OSError, ImprovementStopped) as error:
            errors.append(str(error))
    assert found is not None, f"it never ends: {written}"
    assert len(errors) > 3
    assert all("No space left" in each for each in errors), errors
    assert [told(each) for each in found.rounds] == [told(each) for each in whole[1].rounds[:2]]


def test_a_stop_that_is_asked_for_while_it_learns_is_told_and_loses_nothing(
    whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path
) -> None:
    out, config = tmp_path / "run", replace(BRIEF, num_problems=None, num_rounds=1)
    stop = Watching("learning", 1, lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(ImprovementStopped, match="round 1: stopped after step") as stopped:
        improve(start, few, out, config, narrator=stop)
    assert stopped.value.interrupted
    found = improve(start, few, out, config, resume=True)
    assert [told(each) for each in found.rounds] == [told(each) for each in whole[1].rounds[:2]]


def test_more_rounds_can_be_asked_for_later(
    whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path
) -> None:
    out, config = tmp_path / "run", replace(BRIEF, num_problems=None)
    improve(start, few, out, replace(config, num_rounds=1))
    with pytest.raises(ValueError, match="go on with it by --resume"):
        improve(start, few, out, config)
    with pytest.raises(ValueError, match="was begun with num_samples 2, and cannot go on with 5"):
        improve(start, few, out, replace(config, num_samples=5), resume=True)
    found = improve(start, few, out, config, resume=True)
    assert [told(each) for each in found.rounds] == [told(each) for each in whole[1].rounds]


def test_a_round_without_improvement_ends_the_loop_and_says_so(start: str, few: Path, tmp_path: Path) -> None:
    config = replace(BRIEF, filters=("max-length=0",), num_problems=5)
    found = improve(start, few, tmp_path / "run", config)
    assert len(found.rounds) == 1
    assert found.stopped is not None
    assert found.stopped.startswith("round 1 has no shorter optimal answer that pass max-length=0 to any of 5 problems")
    assert improve(start, few, tmp_path / "run", config, resume=True) == found
    assert not (tmp_path / "run" / "round-1" / "data").exists()


@pytest.mark.slow
def test_two_processes_do_the_same_as_one(
    whole: tuple[Path, Improvement], start: str, few: Path, tmp_path: Path
) -> None:
    config = replace(BRIEF, num_problems=None, num_rounds=1)
    found = improve(start, few, tmp_path / "run", config, machine=Machine(2, ("cpu",), 5))
    assert [told(each) for each in found.rounds] == [told(each) for each in whole[1].rounds[:2]]


# What is refused


def leaking(few: Path, directory: Path) -> str:
    """Make a data set whose training split has a problem of its test split, under another id; return its true id."""
    shutil.copytree(few, directory)
    manifest = manifests.load(few)
    held_out, train = (TraceSet(few, split).traces(slice(None)) for split in ("test", "train"))
    shard = next(each for each in manifest.shards if "train" in each.files)
    rows = train.select(np.arange(shard.files["train"].rows - 1))
    width = manifest.state_width
    leaked = type(rows).concatenate([rows, held_out.select(np.array([2]))], width)
    ids = np.concatenate([TraceSet(few, "train").ids[: len(rows)], np.zeros((1, 16), np.uint8)])
    content = shards.parquet_of(shards.table_of(leaked, ids), {})
    file = manifests.ShardFile(len(leaked), hashlib.sha256(content).hexdigest())
    (directory / manifests.path("train", shard.index)).write_bytes(content)
    changed = replace(shard, files={**shard.files, "train": file})
    others = tuple(changed if each is shard else each for each in manifest.shards)
    replace(manifest, shards=others).save(directory)
    return bytes(fingerprints(DOMAINS["maze"], held_out, 0)[0][2]).hex()


def test_a_data_set_whose_test_split_leaks_is_refused_by_the_name_of_the_problem(
    start: str, few: Path, tmp_path: Path
) -> None:
    name = leaking(few, tmp_path / "leaking")
    with pytest.raises(ValueError, match=f"has the problem {name} in its split 'train'.*held out"):
        improve(start, tmp_path / "leaking", tmp_path / "run", BRIEF)
    assert not (tmp_path / "run").exists()


def test_what_is_about_to_be_learned_is_compared_again(
    start: str, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = derived.derive

    def wrong(parent: Path, out: Path, **rest: Any) -> Any:
        plain(parent, out, **rest)
        shutil.rmtree(out)
        leaking(few, out)

    monkeypatch.setattr(derived, "derive", wrong)
    with pytest.raises(ValueError, match=r"has the problem [0-9a-f]{32} in its split 'train'"):
        improve(start, few, tmp_path / "run", replace(BRIEF, num_problems=None))
    assert not (tmp_path / "run" / "round-1" / "training").exists()


def test_problems_of_another_domain_size_or_vocabulary_are_refused(start: str, few: Path, tmp_path: Path) -> None:
    made = {}
    for name, domain, size in (("tiles", "tiles", 3), ("large", "maze", 5)):
        made[name] = tmp_path / name
        generate(DOMAINS[domain], DOMAINS[domain].sampling(size), num=12, seed=1, out=made[name], test_percent=30)
    for directory in made.values():
        with pytest.raises(ValueError, match=r"learned maze, size 4\. Did you mean .*`twofold traces maze --size 4`"):
            improve(start, directory, tmp_path / "run", BRIEF)
    narrow = checkpoint.load(start)
    words = replace(WORDS, max_cost=1)
    network = overfitted.small_network(len(words.words))
    checkpoint.save(tmp_path / "narrow", network, words, narrow.facts)
    with pytest.raises(ValueError, match=r"words up to c1: train one with --max_cost \d+"):
        improve(str(tmp_path / "narrow"), few, tmp_path / "run", BRIEF)
    short = overfitted.small_network(len(WORDS.words), max_positions=16)
    checkpoint.save(tmp_path / "short", short, WORDS, narrow.facts)
    with pytest.raises(ValueError, match="the checkpoint's context is 16"):
        improve(str(tmp_path / "short"), few, tmp_path / "run", BRIEF)
    assert not (tmp_path / "run").exists()


def test_a_data_set_of_a_domain_that_nobody_knows_is_asked_for_again(start: str, few: Path, tmp_path: Path) -> None:
    shutil.copytree(few, tmp_path / "new")
    text = (few / "manifest.json").read_text(encoding="utf-8")
    (tmp_path / "new" / "manifest.json").write_text(text.replace('"maze"', '"mazes"'), encoding="utf-8")
    with pytest.raises(ValueError, match=r"unknown domain 'mazes'.* Did you mean 'maze'"):
        improve(start, tmp_path / "new", tmp_path / "run", BRIEF)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_samples": 0}, "samples must be at least 1, not 0"),
        ({"num_rounds": 0}, "rounds must be at least 1"),
        ({"num_problems": 0}, "problems must be at least 1"),
        ({"temperature": 0.0}, "all samples are the same"),
        ({"mode": "fats"}, "unknown mode 'fats'.* Did you mean 'fast'"),
        ({"filters": ("shortest",)}, "unknown filter 'shortest'"),
        ({"training": {"devices": 2}}, "devices must be 1"),
        ({"training": {"learning_rat": 1.0}}, "Did you mean 'learning_rate'"),
    ],
)
def test_settings_without_a_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(BRIEF, **change)


def test_what_cannot_be_improved_is_refused(start: str, few: Path, tmp_path: Path) -> None:
    known = checkpoint.load(start)
    checkpoint.save(tmp_path / "plans", known.network, WORDS, {"mode": "plan"})
    with pytest.raises(ValueError, match="has learned plans alone"):
        improve(str(tmp_path / "plans"), few, tmp_path / "run", BRIEF)
    with pytest.raises(ValueError, match="1,000 problems are asked for"):
        improve(start, few, tmp_path / "run", replace(BRIEF, num_problems=1000))
    for setting in ("size", "seed", "mode"):
        training = {setting: {"size": "15m", "seed": 3, "mode": "trace"}[setting]}
        with pytest.raises(ValueError, match=f"{setting} cannot be chosen here"):
            improve(start, few, tmp_path / "run", replace(BRIEF, training=training))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(ValueError, match="is not empty: take another directory"):
        improve(start, few, tmp_path / "other", BRIEF)
