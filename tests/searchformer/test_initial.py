"""A training that begins with a checkpoint's weights: it has these, a new optimiser, and refuses what does not fit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from searchformer import checkpoint, run_record, sizes
from searchformer.checkpoint import Checkpoint
from searchformer.cli import main
from searchformer.evaluation import weights_sha256
from searchformer.initial import check_fits, settings_of
from searchformer.sizes import Size, config_for
from searchformer.training import train
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer
from tests.searchformer import overfitted

WORDS = overfitted.token_format()
BRIEF = TrainingConfig(
    token_budget=600,
    learning_rate=1e-9,
    warmup_steps=0,
    weight_decay=0.0,
    max_steps=2,
    validate_every=100,
    save_every=100,
    num_problems=0,
    accelerator="cpu",
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sizes.SIZES, "tiny", Size(32, 1, 2))


@pytest.fixture(scope="module")
def network() -> Transformer:
    return overfitted.small_network(len(WORDS.words), seed=5)


@pytest.fixture(scope="module")
def known(network: Transformer) -> Checkpoint:
    return Checkpoint(network, WORDS, {"mode": "trace"})


@pytest.mark.parametrize(
    "options", [{}, {"decoder_only": True}, {"tied": True, "qk_norm": True}, {"num_loops": 3}], ids=str
)
def test_settings_are_those_of_the_network_and_the_words(options: dict[str, Any]) -> None:
    shape = config_for("tiny", vocab_size=len(WORDS.words), max_positions=77, **options)
    found = settings_of(Checkpoint(Transformer(shape), WORDS, {}))
    settings = TrainingConfig(**found)
    names = ("decoder_only", "tied", "qk_norm", "num_loops", "max_positions")
    again = {name: getattr(settings, name) for name in names}
    assert config_for(settings.size, vocab_size=len(WORDS.words), **again) == shape
    assert (settings.token_format, settings.max_cost) == ("compact", WORDS.max_cost)


def test_a_network_of_no_known_size_is_refused() -> None:
    network = overfitted.small_network(len(WORDS.words), num_decoder_layers=2)
    with pytest.raises(ValueError, match=r"width 32, 1 \+ 2 layers and 2 heads, and no size"):
        settings_of(Checkpoint(network, WORDS, {}))


def test_a_training_begins_with_the_weights_of_the_checkpoint(
    known: Checkpoint, small_set: Path, tmp_path: Path
) -> None:
    settings = replace(BRIEF, **settings_of(known), seed=9)
    train(settings, small_set, tmp_path / "run", initial=known)
    trained = checkpoint.load(tmp_path / "run" / "last")
    before = dict(known.network.named_parameters())
    for name, parameter in trained.network.named_parameters():
        torch.testing.assert_close(parameter, before[name], atol=1e-6, rtol=0)
    assert trained.facts["initial_sha256"] == weights_sha256(known.network) != weights_sha256(trained.network)
    assert trained.facts["dropping"] == "L0"
    assert run_record.read_facts(tmp_path / "run")["initial_sha256"] == weights_sha256(known.network)
    train(settings, small_set, tmp_path / "other")
    assert checkpoint.load(tmp_path / "other" / "last").facts["initial_sha256"] is None


def test_a_resumed_training_still_says_what_it_began_with(known: Checkpoint, small_set: Path, tmp_path: Path) -> None:
    settings = replace(BRIEF, **settings_of(known))
    train(settings, small_set, tmp_path / "run", initial=known)
    train(replace(settings, max_steps=3), small_set, tmp_path / "run", resume=True)
    trained = checkpoint.load(tmp_path / "run" / "last")
    assert (trained.facts["steps"], trained.facts["initial_sha256"]) == (3, weights_sha256(known.network))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_cost": 25}, "words of max_cost 20, and the training is of 25"),
        ({"token_format": "paper", "max_positions": 400}, "words of format 'compact', and the training is of 'paper'"),
        ({"num_loops": 2}, "has num_loops 1, and the settings make one of 2"),
        ({"size": "15m"}, "has dim 32, and the settings make one of 192"),
        ({"max_positions": 200}, "has max_positions 128, and the settings make one of 200"),
    ],
)
def test_what_does_not_fit_is_named(
    change: dict[str, Any], message: str, known: Checkpoint, small_set: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        train(replace(BRIEF, **settings_of(known) | change), small_set, tmp_path / "run", initial=known)
    assert not (tmp_path / "run").exists()


def test_the_same_network_and_words_fit(known: Checkpoint) -> None:
    check_fits(known, known.network.config, WORDS)


def test_the_command_takes_network_and_words_of_the_checkpoint(
    known: Checkpoint, small_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start, out = tmp_path / "start", tmp_path / "run"
    checkpoint.save(start, known.network, WORDS, {"mode": "trace"})
    brief = ["--max_steps", "2", "--token_budget", "600", "--num_problems", "0", "--accelerator", "cpu"]
    given = ["train", "--init", str(start), "--data", str(small_set), "--out", str(out), *brief]
    assert main(given) == 0
    trained = checkpoint.load(out / "last")
    assert trained.network.config == known.network.config
    assert f"--init {start}" in trained.facts["command"]
    capsys.readouterr()
    assert main([*given, "--resume"]) == 2
    assert "--init begins a new training" in capsys.readouterr().err
    assert (
        main(["train", "--init", str(start), "--data", str(small_set), "--out", str(tmp_path / "b"), "--size", "15m"])
        == 2
    )
    assert "has dim 32" in capsys.readouterr().err
