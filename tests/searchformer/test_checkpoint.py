"""What a checkpoint must be: the same network when it is loaded, the same bytes every time, and always a network."""

import json
import sys
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from data.tokens import TokenFormat
from planning.domains import DOMAINS
from searchformer.checkpoint import CARD, CONFIG, FILES, VOCABULARY, WEIGHTS, load, save
from searchformer.transformer import Transformer
from tests.data.test_tokens_graphs import GraphDomain
from tests.searchformer.overfitted import small_network

WORDS = TokenFormat(DOMAINS["maze"], "compact", 3, 3, 9)
FACTS = {"mode": "trace", "steps": 7, "seed": 1, "data_sha256": "0" * 64, "note": "→ ü"}
GRAPHS = TokenFormat(GraphDomain(), "paper", 4, 1, 9)
SHAPES: dict[str, dict[str, Any]] = {
    "encoder-decoder": {"num_encoder_layers": 2},
    "decoder alone": {"num_encoder_layers": 0},
    "tied": {"tied": True},
    "looped with qk-norm": {"num_loops": 3, "qk_norm": True, "rope_base": 500.0},
}


def network(**options: Any) -> Transformer:
    return small_network(len(WORDS.words), **options)


def logits(network: Transformer) -> torch.Tensor:
    prompts, targets = torch.tensor([[1, 7, 9, 2], [1, 8, 2, 0]]), torch.tensor([[1, 3, 20, 6], [1, 5, 21, 2]])
    with torch.inference_mode():
        found: torch.Tensor = network.eval()(prompts, torch.tensor([4, 3]), targets)
    return found


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_network_is_read_back_exactly(shape: str, tmp_path: Path) -> None:
    original = network(**SHAPES[shape])
    save(tmp_path / "best", original, WORDS, FACTS)
    read = load(tmp_path / "best")
    assert read.network.config == original.config
    assert read.token_format == WORDS
    assert read.facts == FACTS
    assert not read.network.training
    assert read.network.num_trainable == original.num_trainable
    assert torch.equal(logits(read.network), logits(original))
    for (name, mine), (other, its) in zip(original.named_parameters(), read.network.named_parameters(), strict=True):
        assert name == other
        assert torch.equal(mine, its)
        assert its.requires_grad
    assert set(contents(tmp_path / "best")) == set(FILES)


@pytest.mark.parametrize("shape", SHAPES)
def test_equal_networks_are_equal_bytes(shape: str, tmp_path: Path) -> None:
    save(tmp_path / "one", network(**SHAPES[shape]).train(), WORDS, FACTS)
    read = load(tmp_path / "one")
    save(tmp_path / "deep" / "two", read.network, read.token_format, read.facts)
    assert contents(tmp_path / "one") == contents(tmp_path / "deep" / "two")
    save(tmp_path / "one", read.network, read.token_format, FACTS | {"steps": 8})
    assert contents(tmp_path / "one")[WEIGHTS] == contents(tmp_path / "deep" / "two")[WEIGHTS]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_of_the_bytes_are_the_rounded_network(dtype: torch.dtype, tmp_path: Path) -> None:
    original = network()
    save(tmp_path / "whole", original, WORDS, FACTS)
    save(tmp_path / "half", original, WORDS, FACTS, dtype=dtype)
    whole, half = ((tmp_path / name / WEIGHTS).stat().st_size for name in ("whole", "half"))
    assert half < 0.55 * whole
    read = load(tmp_path / "half").network
    for mine, its in zip(original.parameters(), read.parameters(), strict=True):
        assert its.dtype == torch.float32
        assert torch.equal(mine.to(dtype).float(), its)
    save(tmp_path / "again", read, WORDS, FACTS, dtype=dtype)
    assert contents(tmp_path / "again") == contents(tmp_path / "half")


def test_a_shared_weight_is_stored_once_and_stays_shared(tmp_path: Path) -> None:
    save(tmp_path / "tied", network(tied=True), WORDS, FACTS)
    read = load(tmp_path / "tied").network
    assert read.output.weight is read.embedding.weight
    assert ("output.weight" in load_file(tmp_path / "tied" / WEIGHTS)) is False


def test_loading_draws_no_random_numbers(tmp_path: Path) -> None:
    save(tmp_path / "best", network(), WORDS, FACTS)
    before = torch.get_rng_state()
    load(tmp_path / "best")
    assert torch.equal(torch.get_rng_state(), before)


def test_files_are_as_readable_as_any_other(tmp_path: Path) -> None:
    save(tmp_path / "best", network(), WORDS, FACTS)
    (tmp_path / "other").write_text("")
    assert {file.stat().st_mode for file in (tmp_path / "best").iterdir()} == {(tmp_path / "other").stat().st_mode}


def test_the_files_say_what_they_are(tmp_path: Path) -> None:
    save(tmp_path / "best", network(), WORDS, FACTS)
    config = json.loads((tmp_path / "best" / CONFIG).read_text())
    assert config["schema"] == 1
    assert config["facts"] == FACTS
    assert config["token_format"] == WORDS.description()
    assert json.loads((tmp_path / "best" / VOCABULARY).read_text()) == list(WORDS.words)
    assert "maze 3 × 3" in (tmp_path / "best" / CARD).read_text()


def test_a_checkpoint_replaces_an_older_one_as_a_whole(tmp_path: Path) -> None:
    save(tmp_path / "best", network(), WORDS, FACTS)
    (tmp_path / "best" / CARD).unlink()  # what is not whole is replaced, too
    save(tmp_path / "best", network(dim=16), WORDS, {"steps": 9})
    assert load(tmp_path / "best").facts == {"steps": 9}
    assert [path.name for path in tmp_path.iterdir()] == ["best"]


def test_an_empty_directory_and_a_link_can_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty", target_is_directory=True)
    save(tmp_path / "link", network(), WORDS, FACTS)
    assert load(tmp_path / "empty").facts == FACTS
    assert (tmp_path / "link").is_symlink()


def test_nothing_but_a_checkpoint_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match=r"holds 'thesis.tex', which is no part of a checkpoint"):
        save(tmp_path, network(), WORDS, FACTS)
    with pytest.raises(ValueError, match="is a file"):
        save(tmp_path / "thesis.tex", network(), WORDS, FACTS)
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def broken(value: float) -> Transformer:
    bad = network()
    with torch.no_grad():
        bad.decoder_norm.weight[3] = value
    return bad


def test_what_is_no_working_network_is_not_saved(tmp_path: Path) -> None:
    best = tmp_path / "best"
    for value, dtype in ((float("nan"), torch.float32), (float("inf"), torch.bfloat16), (1e6, torch.float16)):
        with pytest.raises(ValueError, match=r"weights 'decoder_norm.weight' are not finite as torch"):
            save(best, broken(value), WORDS, FACTS, dtype=dtype)
    with pytest.raises(ValueError, match=r"cannot be stored as torch.float64: take one of float32, float16, bfloat16"):
        save(best, network(), WORDS, FACTS, dtype=torch.float64)
    with pytest.raises(ValueError, match="the network knows 5 words, and the token format has"):
        save(best, small_network(5), WORDS, FACTS)
    for fact in (float("nan"), {1, 2}, WORDS):
        with pytest.raises(ValueError, match="facts of a checkpoint are what JSON can hold"):
            save(best, network(), WORDS, {"loss": fact})
    with pytest.raises(ValueError, match="facts of a checkpoint are more than 8 MiB"):
        save(best, network(), WORDS, {"notes": "n" * 2**23})
    with pytest.raises(ValueError, match=r"config.json: unknown domain 'graph'"):
        save(best, small_network(len(GRAPHS.words)), GRAPHS, {})
    with pytest.raises(ValueError, match="num_decoder_layers has to be from 0 to 256"):
        save(best, network(dim=2, num_heads=1, num_decoder_layers=257), WORDS, {})
    assert not list(tmp_path.iterdir())


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"there is no checkpoint 'best' in .*searchformer train` makes one"):
        load(tmp_path / "best")
    monkeypatch.setattr("searchformer.checkpoint.files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="this installation has no default checkpoint"):
        load("default")
    save(tmp_path / "default", network(), WORDS, FACTS)
    assert load("default").facts == FACTS
    for name in (WEIGHTS, CONFIG, VOCABULARY):
        (tmp_path / "default" / name).rename(tmp_path / "kept")
        with pytest.raises(ValueError, match=f"is no checkpoint: it has no {name}"):
            load("default")
        (tmp_path / "kept").rename(tmp_path / "default" / name)


def test_no_training_library_is_imported() -> None:
    script = """
import sys
import searchformer.solve_command
assert "torch" not in sys.modules, "the help has to be there at once"
import searchformer.checkpoint, searchformer.planner, searchformer.answer_words
heavy = {"lightning", "jsonargparse", "matplotlib", "pydantic", "ortools", "rich", "sympy", "tensorboard"}
print(sorted(heavy & set(sys.modules)))
"""
    done = run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
