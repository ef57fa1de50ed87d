"""`twofold travellers` makes a data set and shows what is in it."""

import argparse
import json
from pathlib import Path

import pytest

from twofold import exits
from twofold.travellers import run
from twofold.travellers_options import add_options


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(arguments)


def test_what_is_made_can_be_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set"
    made = options("make", "--num", "20", "--seed", "3", "--out", str(out), "--max-hidden", "2", "--unpriced")
    assert run(made) == exits.DONE
    assert "18 for training, 2 for testing" in capsys.readouterr().out
    assert run(options("show", str(out), "--split", "test", "--index", "1", "--json")) == exits.DONE
    row = json.loads(capsys.readouterr().out)
    assert row["gold"]["origin"]
    assert run(options("show", str(out), "--split", "test", "--index", "1")) == exits.DONE
    assert row["text"] in capsys.readouterr().out
    assert run(options("show", str(out), "--split", "test", "--index", "2")) == exits.USAGE
    assert "no test traveller 2" in capsys.readouterr().err
    assert run(made) == exits.USAGE
    assert "not empty" in capsys.readouterr().err
