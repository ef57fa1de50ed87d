"""Every preset is a training that could begin: its settings are possible, and the traces that it wants can be made."""

import shlex
from dataclasses import replace

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from planning.domain import FORMATS
from planning.domains import DOMAINS
from searchformer.optimizers import OPTIMIZERS, rate
from searchformer.run_record import check_unchanged, text_of
from searchformer.sizes import SIZES, config_for
from searchformer.training_config import FIXED, KINDS, TrainingConfig, config_from, preset_names, preset_text
from twofold import traces_options
from twofold.cli import _parse

WANTED = {"maze-6-tiny", "maze-6-dual-tiny", "maze-10-15m", "maze-20-15m", "maze-30-15m", "maze-30-175m", "sokoban-46m"}


def preset(name: str) -> TrainingConfig:
    return config_from(yaml.safe_load(preset_text(name)))


def test_there_are_those_that_there_should_be() -> None:
    assert set(preset_names()) >= WANTED
    with pytest.raises(ValueError, match=r"unknown preset 'maze-6-tinny'\. Did you mean 'maze-6-tiny'"):
        preset_text("maze-6-tinny")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_parses_and_says_what_it_learns_from(name: str) -> None:
    settings = preset(name)
    assert settings.size in SIZES
    assert settings.size == name.rsplit("-", 1)[1]
    assert settings.token_format in FORMATS
    assert settings.optimizer in OPTIMIZERS
    assert 0 < rate(settings.max_steps, settings) <= rate(settings.warmup_steps, settings) == 1
    wanted = settings.traces
    assert wanted is not None
    assert name.startswith(wanted.domain)
    DOMAINS[wanted.domain].sampling(wanted.size)
    words = shlex.split(wanted.command("somewhere"))
    options = _parse(words[1:])
    assert (words[0], options.action, options.domain) == ("twofold", traces_options.MAKE, wanted.domain)
    assert (options.num, options.size, options.seed) == (wanted.num, wanted.size, wanted.seed)


@pytest.mark.parametrize("name", preset_names())
def test_what_is_written_down_is_what_was_read(name: str) -> None:
    settings = preset(name)
    assert config_from(yaml.safe_load(text_of(settings))) == settings


def test_the_paper_presets_have_the_papers_numbers() -> None:
    # arXiv 2402.14083, appendix: AdamW (0.9, 0.99), 2000 warm-up steps, a cosine to a tenth.
    for name in WANTED - {"maze-6-tiny", "maze-6-dual-tiny"}:
        settings = preset(name)
        assert (settings.beta1, settings.beta2, settings.warmup_steps, settings.final_share) == (0.9, 0.99, 2000, 0.1)
        assert (settings.loss, settings.token_format, settings.mode) == ("sequence", "paper", "trace")
        assert settings.learning_rate == (2.5e-4 if settings.size == "15m" else 7.5e-5)
        assert settings.max_steps == (80_000 if "sokoban" in name else 400_000)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rat": 1}, "unknown setting 'learning_rat'. Did you mean 'learning_rate'"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, not 'fast'"),
        ({"learning_rate": 0}, "learning_rate must be above 0"),
        ({"learning_rate": None}, "learning_rate needs a value"),
        ({"max_steps": 1.5}, "max_steps must be a whole number, not 1.5"),
        ({"max_steps": True}, "max_steps must be a whole number, not True"),
        ({"max_steps": 0}, "max_steps must be at least 1"),
        ({"compile": 1}, "compile must be true or false, not 1"),
        ({"mode": "traces"}, "unknown mode 'traces'. Did you mean 'trace'"),
        ({"size": 15}, "size must be a text, not 15"),
        ({"ema": 1.0}, "ema must be at least 0 and below 1"),
        ({"ema": 0.9, "strategy": "fsdp2"}, "ema needs whole weights"),
        ({"optimizer": "muon", "strategy": "fsdp2"}, "muon needs whole weights"),
        ({"precision": "bf16"}, "unknown precision 'bf16'. Known: bf16-mixed, fp32"),
        ({"traces": "maze"}, "traces must be a mapping"),
        ({"traces": {"domain": "maze", "size": 3}}, "traces needs 'num'"),
        ({"traces": {"domain": "maze", "size": 3, "nam": 3}}, "unknown setting of traces 'nam'"),
    ],
)
def test_a_setting_without_a_sense_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config_from(values)


def test_what_a_checkpoint_depends_on_cannot_change() -> None:
    before = TrainingConfig()
    other = {bool: True, int: 7, float: 0.5, str: "other"}
    for name in FIXED:
        with pytest.raises(ValueError, match=f"{name} was .* and cannot become"):
            check_unchanged(before, _with(before, name, other[KINDS[name]]))
    check_unchanged(before, replace(before, max_steps=5, learning_rate=0.1, log_every=3))


def _with(settings: TrainingConfig, name: str, value: object) -> TrainingConfig:
    changed = replace(settings)
    object.__setattr__(changed, name, value)  # whether it makes sense does not matter here
    return changed


@pytest.mark.parametrize(("size", "millions"), [("15m", 6.3), ("46m", 34), ("175m", 151)])
def test_sizes_have_as_many_trainable_parameters_as_the_papers(size: str, millions: float) -> None:
    from searchformer.checkpoint import _Hollow
    from searchformer.transformer import Transformer

    with _Hollow("meta"):
        network = Transformer(config_for(size, vocab_size=100, max_positions=64))
    assert network.num_trainable / 1e6 == pytest.approx(millions, rel=0.05)


def test_a_decoder_alone_has_the_layers_of_both() -> None:
    both = config_for("tiny", vocab_size=9, max_positions=8)
    alone = config_for("tiny", vocab_size=9, max_positions=8, decoder_only=True)
    assert (alone.num_encoder_layers, alone.num_decoder_layers) == (
        0,
        both.num_encoder_layers + both.num_decoder_layers,
    )
    with pytest.raises(ValueError, match=r"unknown size '16m'\. Did you mean .*'15m'"):
        config_for("16m", vocab_size=9, max_positions=8)
