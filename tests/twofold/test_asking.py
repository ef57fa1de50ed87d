"""`twofold trip --ask`: questions on standard error, answers from standard input, saved by Ctrl-C and resumed."""

import argparse
import io
from pathlib import Path

import pytest

from planning.travel.inventory import Inventory
from planning.travel.inventory.demo import open_demo
from twofold.asking import asked_request

TEXT = "From Boston to Chicago, May 3 to 6, 2027, for two."


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    return open_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    return argparse.Namespace(
        text=TEXT,
        dialogue=tmp_path / "dialogue.json",
        today=None,
        translator="rules",
        profile="realistic",
        llm_url=None,
        llm_model=None,
    )


class Typed:
    """Lines as a traveller types them; Ctrl-C after the last one."""

    def __init__(self, text: str) -> None:
        self.lines = io.StringIO(text)

    def readline(self, size: int = -1) -> str:
        line = self.lines.readline(size)
        if not line:
            raise KeyboardInterrupt
        return line


def test_answers_become_the_request_and_the_end_of_input_ends_it(
    demo: Inventory, options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("by the way, we want a private room\n\n"))
    request = asked_request(TEXT, options, demo)
    assert request
    assert request.lodging.room_type == "private room"
    assert request.adults == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "?" in shown.err
    assert not options.dialogue.exists()


def test_ctrl_c_saves_and_the_same_command_goes_on(
    demo: Inventory, options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Typed("we want a private room\n"))
    with pytest.raises(KeyboardInterrupt):
        asked_request(TEXT, options, demo)
    assert options.dialogue.exists()
    assert "goes on" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    request = asked_request(TEXT, options, demo)
    assert request
    assert request.lodging.room_type == "private room"
    assert "after 1 answer" in capsys.readouterr().err
    assert not options.dialogue.exists()


def test_a_file_of_another_dialogue_or_of_none_is_refused_and_kept(
    demo: Inventory, options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Typed(""))
    with pytest.raises(KeyboardInterrupt):
        asked_request(TEXT, options, demo)
    with pytest.raises(ValueError, match="another trip"):
        asked_request("From Boston to Denver, May 3 to 6, 2027", options, demo)
    for content in ("{}", "no json", '{"schema_version": 2, "today": "2027-01-01"}'):
        options.dialogue.write_text(content, encoding="utf-8")
        with pytest.raises(ValueError, match="no dialogue to go on with"):
            asked_request(TEXT, options, demo)
        assert options.dialogue.read_text(encoding="utf-8") == content


def test_what_stays_unknown_gives_no_request(
    demo: Inventory, options: argparse.Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("I don't know\n" * 6))
    assert asked_request("a holiday", options, demo) is None


def test_answers_and_text_cannot_both_come_from_standard_input(demo: Inventory, options: argparse.Namespace) -> None:
    options.text = "-"
    with pytest.raises(ValueError, match="--ask"):
        asked_request("", options, demo)
