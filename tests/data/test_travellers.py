"""Simulated travellers: the same for the same seed, of one side only, and their texts say what they wish for."""

import subprocess
import sys
from pathlib import Path

import pytest

import data.travellers_wishes as wished
import data.travellers_words as said
from data.personas import PARTIES, SPLITS, Split, draw_persona, side
from data.traveller_shards import generate_travellers, load_travellers, read_travellers
from data.travellers import TODAY, answer_to, draw_traveller, draw_travellers
from data.travellers_words import words_for
from planning.travel.dialogue.slots import SLOTS
from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from planning.travel.request import TravelRequest
from planning.travel.translation.gazetteer import Gazetteer
from planning.travel.translation.rules import translate_by_rules
from planning.travel.trip import plan_trip
from solvers.result import Status

LISTS = {name: value for name, value in (vars(said) | vars(wished)).items() if name.isupper()}
TEMPLATES = {
    f"{name} {key}": templates
    for name, value in LISTS.items()
    for key, templates in (value.items() if isinstance(value, dict) else [("", value)])
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return open_demo(tmp_path_factory.mktemp("demo"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_side_has_words_for_everything_and_shares_none(name: str) -> None:
    train, test = (words_for(TEMPLATES[name], split) for split in SPLITS)
    assert len(train) >= 2
    assert len(test) >= 2
    assert not {*train} & {*test}
    assert {*train, *test} == {*TEMPLATES[name]}


def test_people_are_on_one_side_each() -> None:
    seen = {split: {draw_persona(0, number, split).who for number in range(400)} for split in SPLITS}
    assert not seen["train"] & seen["test"]
    assert seen["train"] | seen["test"] == {*PARTIES}
    assert all(side(who) == split for split in SPLITS for who in seen[split])


def test_there_are_thousands_of_personas() -> None:
    assert len({draw_persona(3, number, "train") for number in range(3000)}) > 2000


def test_a_traveller_depends_on_nothing_but_its_seed_side_and_number(demo: Inventory) -> None:
    one = draw_traveller(demo, seed=4, split="test", number=7, max_hidden=2, priced=False)
    again = list(draw_travellers(demo, seed=4, split="test", numbers=range(5, 8), max_hidden=2, priced=False))[2]
    assert one == again
    others = {draw_traveller(demo, seed=seed, split="test", number=7, priced=False).text for seed in range(5)}
    assert len(others) == 5


def test_two_processes_with_other_hash_seeds_draw_the_same(tmp_path: Path) -> None:
    script = (
        "from data.travellers import draw_travellers; from planning.travel.inventory.demo import open_demo;"
        f"from pathlib import Path; demo = open_demo(Path({str(tmp_path)!r}));"
        "print([t.text for t in draw_travellers(demo, seed=1, split='train', numbers=range(8), priced=False)])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_the_price_is_what_the_best_trip_costs_and_none_is_a_proof(demo: Inventory) -> None:
    for traveller in draw_travellers(demo, seed=5, split="train", numbers=range(3)):
        answer = plan_trip(traveller.gold, demo, with_explanation=False)
        if traveller.optimum_cents is None:
            assert answer.status is Status.INFEASIBLE
        else:
            assert answer.itinerary
            assert answer.itinerary.cost_cents == traveller.optimum_cents


@pytest.mark.parametrize("split", SPLITS)
def test_texts_are_understood_almost_always_and_never_wrong_in_silence(demo: Inventory, split: Split) -> None:
    gazetteer = Gazetteer.of(demo)
    num_exact, silent = 0, []
    for traveller in draw_travellers(demo, seed=9, split=split, numbers=range(60), priced=False):
        found = translate_by_rules(traveller.text, today=TODAY, gazetteer=gazetteer)
        meant = comparable(traveller.gold)
        if found.request is not None and comparable(found.request) == meant:
            num_exact += 1
        elif not (found.not_understood or found.problems or found.missing):
            silent.append(traveller.text)
    assert num_exact >= 55
    assert len(silent) <= 1, silent


def comparable(request: TravelRequest) -> str:
    lists = ("lodging", "food", "transport", "places")
    dump = request.model_dump(exclude={"provenance"}, mode="json")
    for section in lists:
        dump[section] = {k: sorted(v) if isinstance(v, list) else v for k, v in dump[section].items()}
    dump["destination"]["cities"] = sorted(dump["destination"]["cities"])
    return str(dump)


def test_hidden_wishes_are_in_the_gold_and_not_in_the_text(demo: Inventory) -> None:
    gazetteer = Gazetteer.of(demo)
    num_hidden = 0
    for traveller in draw_travellers(demo, seed=2, split="train", numbers=range(25), max_hidden=3, priced=False):
        draft = translate_by_rules(traveller.text, today=TODAY, gazetteer=gazetteer).draft
        for path in traveller.hidden:
            num_hidden += 1
            section, _, name = path.rpartition(".")
            told = draft.get(section, {}) if section else draft
            kept = {"children under 10"} if path == "lodging.house_rules" else set()
            assert not {*(told.get(name) or ())} - kept if kept else name not in told, (path, traveller.text)
            assert path in traveller.fields
    assert num_hidden > 10


def test_answers_speak_of_what_is_asked(demo: Inventory) -> None:
    traveller = draw_traveller(demo, seed=2, split="train", number=3, max_hidden=3, priced=False)
    for path in SLOTS:
        assert answer_to(traveller, path, 0, demo)
        assert answer_to(traveller, path, 0, demo) == answer_to(traveller, path, 0, demo)
    absent = next(path for path in SLOTS if path not in traveller.fields and path != "destination")
    assert answer_to(traveller, absent, 0, demo) in said.INDIFFERENT
    assert answer_to(traveller, absent, 1, demo, manner="vague") in said.VAGUE
    with pytest.raises(ValueError, match="manner"):
        answer_to(traveller, absent, 0, demo, manner="rude")


def test_a_data_set_is_the_same_after_a_stop(demo: Inventory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.traveller_shards.ROWS_PER_SHARD", 8)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    manifest = generate_travellers(demo, num=30, seed=1, out=whole, priced=False)
    assert manifest.complete
    assert manifest.rows == 30

    class StopError(Exception):
        pass

    def stop(done: int, _: int) -> None:
        if done > 10:
            raise StopError

    with pytest.raises(StopError):
        generate_travellers(demo, num=30, seed=1, out=stopped, priced=False, on_progress=stop)
    assert not load_travellers(stopped).complete
    generate_travellers(demo, num=30, seed=1, out=stopped, priced=False, resume=True)
    files = {file.relative_to(whole): file.read_bytes() for file in whole.rglob("*") if file.is_file()}
    assert files == {file.relative_to(stopped): file.read_bytes() for file in stopped.rglob("*") if file.is_file()}
    rows = list(read_travellers(whole, "train"))
    assert len(rows) == 27
    drawn = list(draw_travellers(demo, seed=1, split="train", numbers=range(27), priced=False))
    assert [row["text"] for row in rows] == [traveller.text for traveller in drawn]
    assert TravelRequest.model_validate_json(rows[5]["gold"]) == drawn[5].gold


def test_what_cannot_be_made_or_read_is_refused(demo: Inventory, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="num 0"):
        generate_travellers(demo, num=0, seed=1, out=tmp_path / "none")
    out = tmp_path / "set"
    generate_travellers(demo, num=3, seed=1, out=out, priced=False)
    with pytest.raises(ValueError, match="not empty"):
        generate_travellers(demo, num=3, seed=1, out=out, priced=False)
    with pytest.raises(ValueError, match="other settings"):
        generate_travellers(demo, num=3, seed=2, out=out, priced=False, resume=True)
    file = next(out.glob("train/*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="damaged"):
        list(read_travellers(out, "train"))
    with pytest.raises(ValueError, match="no data set"):
        load_travellers(tmp_path)
