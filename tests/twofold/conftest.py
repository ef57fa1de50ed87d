"""`twofold` in this process, in a small world, whatever the environment says."""

from pathlib import Path

import pytest

from tests.travel.sample_trip import REQUEST, WORLD
from tests.twofold.runs import Ran, Run
from twofold import trip
from twofold.cli import main


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("TWOFOLD_LLM_BASE_URL", "TWOFOLD_LLM_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trip, "open_inventory", lambda _: WORLD)


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(REQUEST.model_dump_json(), encoding="utf-8")
    return path


@pytest.fixture
def twofold(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> Ran:
        code = main([str(argument) for argument in arguments])
        return Ran(code, capsys.readouterr())

    return run
