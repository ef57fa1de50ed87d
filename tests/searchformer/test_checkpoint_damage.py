"""Files that are damaged, foreign or hostile: refused in one sentence that says which and where, and cheaply."""

import json
import resource
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from searchformer.checkpoint import CONFIG, VOCABULARY, WEIGHTS, load, save
from tests.searchformer.test_checkpoint import FACTS, WORDS, network

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    save(tmp_path / "best", network(), WORDS, FACTS)
    return tmp_path / "best"


def change_json(file: Path, change: Change) -> None:
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def change_header(file: Path, change: Change) -> None:
    """Change the header of a file of weights, and leave the weights."""
    content = file.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])


def put(*path: Any) -> Change:
    """Return a change that puts the last value at a place in an object."""

    def change(content: Any) -> None:
        for name in path[:-2]:
            content = content[name]
        content[path[-2]] = path[-1]

    return change


def drop(*path: Any) -> Change:
    def change(content: Any) -> None:
        for name in path[:-1]:
            content = content[name]
        del content[path[-1]]

    return change


CONFIGS: list[tuple[Change, str]] = [
    (put("schema", 2), r"config.json has schema version 2; this program reads version 1"),
    (put("schema", "1"), r"has schema version '1'"),
    (put("schema", None), r"has schema version None"),
    (drop("schema"), r"damaged: it has no 'schema'"),
    (drop("network"), r"'network' has to be an object, not None"),
    (put("token_format", [1]), r"'token_format' has to be an object"),
    (put("facts", "none"), r"'facts' has to be an object"),
    (put("network", "dim", 10**12), r"dim has to be from 0 to 16,384, not 1000000000000"),
    (put("network", "dim", 10**400), r"dim has to be from 0 to 16,384"),
    (put("network", "num_decoder_layers", 10**9), r"num_decoder_layers has to be from 0 to 256"),
    (put("network", "num_loops", 10**9), r"num_loops has to be from 0 to 256"),
    (put("network", "max_positions", 2**40), r"max_positions has to be from 0 to 131,072"),
    (put("network", "vocab_size", 2**17), r"vocab_size has to be from 0 to 65,536"),
    (put("network", "vocab_size", 5), r"the network has 5 words, and the token format of config.json gives"),
    (put("network", "dim", -32), r"dim has to be from 0"),
    (put("network", "dim", 31), r"config.json: dim 31 must be a multiple"),
    (put("network", "dim", 0), r"must be at least 1"),
    (put("network", "dim", 32.0), r"dim has to be int, not 32.0"),
    (put("network", "dim", True), r"dim has to be int, not True"),
    (put("network", "dim", "32"), r"dim has to be int, not '32'"),
    (put("network", "tied", 1), r"tied has to be bool, not 1"),
    (put("network", "rope_base", 0.0), r"rope_base has to be above 0"),
    (put("network", "rope_base", float("nan")), r"rope_base has to be above 0 and finite"),
    (put("network", "__class__", "os.system"), r"'__class__' is no property of a network"),
    (drop("network", "dim"), r"the network has no 'dim'"),
    (put("token_format", "domain", "chess"), r"unknown domain 'chess'"),
    (put("token_format", "format", "papier"), r"unknown token format 'papier'. Did you mean 'paper'"),
    (put("token_format", "width", 10**6), r"a token format of width 1000000 is more than 1024 cells"),
    (put("token_format", "height", 0), r"sizes are at least 1"),
    (put("token_format", "max_cost", 10**9), r"16 bits number 65,536"),
    (put("token_format", "width", 4), r"word 33 is .* has .* there"),
    (put("token_format", "max_cost", 10), r"vocab.json: word 16 is 'start', and the token format .* has 'c10' there"),
    (
        put("token_format", "format", "paper"),
        r"vocab.json: the file has 39 words, and the token format of config.json gives 30",
    ),
    (put("network", "dim", 64), r"'\S+' has the shape \[\d+.*\], and config.json wants \["),
    (put("network", "num_decoder_layers", 2), r"model.safetensors lacks the weights 'decoder.1.* and \d+ more"),
    (put("network", "num_encoder_layers", 0), r"model.safetensors has, and should not, the weights"),
    (put("network", "tied", True), r"has, and should not, the weights 'output.weight': it does not fit config.json"),
    (put("network", "qk_norm", True), r"lacks the weights 'decoder.0.cross_attention.key_norm.weight' and 5 more"),
]


@pytest.mark.parametrize(("change", "message"), CONFIGS)
def test_a_config_that_does_not_fit_is_refused(place: Path, change: Change, message: str) -> None:
    change_json(place / CONFIG, change)
    with pytest.raises(ValueError, match=message):
        load(place)


def test_what_has_a_default_may_be_missing(place: Path) -> None:
    """What is added to networks later is not in the files of today."""
    change_json(place / CONFIG, drop("network", "rope_base"))
    assert load(place).network.config == network().config


GARBAGE = [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"null", b"[]", b'"text"', b"1" * 5000, b'{"a": ' * 50_000]


@pytest.mark.parametrize("content", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("name", [CONFIG, VOCABULARY])
def test_garbage_is_named(place: Path, name: str, content: bytes) -> None:
    (place / name).write_bytes(content)
    with pytest.raises(ValueError, match=name):
        load(place)


def test_a_file_without_an_end_is_not_read_to_it(place: Path) -> None:
    for name in (CONFIG, VOCABULARY):
        kept = (place / name).read_bytes()
        with (place / name).open("wb") as file:
            file.truncate(2**40)
        with pytest.raises(ValueError, match=f"{name} is larger than 8 MiB"):
            load(place)
        (place / name).write_bytes(kept)


VOCABULARIES: list[tuple[Any, str]] = [
    ([*WORDS.words, "more"], r"vocab.json: the file has 40 words"),
    (list(WORDS.words[:-1]), r"vocab.json: the file has 38 words"),
    (list(reversed(WORDS.words)), r"word 0 is '2,2', and the token format of config.json has 'pad' there"),
    ([*WORDS.words[:7], 7, *WORDS.words[8:]], r"word 7 is 7, and .* has 'c1' there"),
    ({"words": list(WORDS.words)}, r"a vocabulary is a list of words"),
]


@pytest.mark.parametrize(("words", "message"), VOCABULARIES)
def test_another_vocabulary_is_refused_with_the_place(place: Path, words: Any, message: str) -> None:
    (place / VOCABULARY).write_text(json.dumps(words))
    with pytest.raises(ValueError, match=message):
        load(place)


HUGE = 2**62
HEADERS: list[tuple[Change, str]] = [
    (put("embedding.weight", "shape", [HUGE, HUGE]), "damaged"),
    (put("embedding.weight", "shape", [-1, 32]), "damaged"),
    (put("embedding.weight", "data_offsets", [0, HUGE]), "damaged"),
    (put("embedding.weight", "data_offsets", [8, 4]), "damaged"),
    (put("embedding.weight", "dtype", "OBJECT"), "damaged"),
    (put("embedding.weight", "dtype", "I32"), r"'embedding.weight' is of type I32: weights are F32, F16, BF16"),
    (put("embedding.weight", {}), "damaged"),
    (put("__metadata__", {"a": 1}), "damaged"),
    (drop("embedding.weight"), "damaged"),
    (put("\u0000../../etc/passwd", {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}), "has, and should not,"),
]


@pytest.mark.parametrize(("change", "message"), HEADERS)
def test_a_header_that_lies_is_refused(place: Path, change: Change, message: str) -> None:
    change_header(place / WEIGHTS, change)
    with pytest.raises(ValueError, match=rf"model.safetensors.*{message}"):
        load(place)


def test_a_header_is_small(place: Path) -> None:
    weights = (place / WEIGHTS).read_bytes()
    for length in (2**20 + 1, 2**63, 2**64 - 1):
        (place / WEIGHTS).write_bytes(struct.pack("<Q", length) + weights[8:])
        with pytest.raises(ValueError, match=f"a header of {length}"):
            load(place)
    (place / WEIGHTS).write_bytes(weights)
    change_header(place / WEIGHTS, lambda header: header.update({"__metadata__": {"a": "b" * 2**20}}))
    with pytest.raises(ValueError, match="a header of 10"):
        load(place)


CHANGED: list[tuple[Callable[[torch.Tensor], torch.Tensor], str]] = [
    (lambda weight: weight * float("nan"), r"'decoder_norm.weight' holds weights that are not finite"),
    (lambda weight: weight / 0, r"not finite"),
    (lambda weight: weight[:-1].clone(), r"has the shape \[31\], and config.json wants \[32\]"),
    (lambda weight: weight[None], r"has the shape \[1, 32\], and config.json wants \[32\]"),
    (lambda weight: weight.double(), r"is of type F64"),
    (lambda weight: weight.to(torch.complex64), r"is of type C64"),
]


@pytest.mark.parametrize(("change", "message"), CHANGED)
def test_weights_that_are_none_are_named(
    place: Path, change: Callable[[torch.Tensor], torch.Tensor], message: str
) -> None:
    weights = load_file(place / WEIGHTS)
    weights["decoder_norm.weight"] = change(weights["decoder_norm.weight"])
    save_file(weights, place / WEIGHTS)
    with pytest.raises(ValueError, match=message):
        load(place)


def test_a_pickle_is_not_opened(place: Path) -> None:
    """The marker of the pickle would be a file: nothing that a file says is done."""
    marker = place.parent / "executed"
    torch.save({"embedding.weight": torch.zeros(3)}, place / WEIGHTS)
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load(place)
    (place / WEIGHTS).write_bytes(f"cposix\nsystem\n(S'touch {marker}'\ntR.".encode())
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load(place)
    assert not marker.exists()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_truncation_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    place = tmp_path_factory.mktemp("truncated") / "best"
    save(place, network(dim=4), WORDS, FACTS)
    name = data.draw(st.sampled_from([WEIGHTS, CONFIG, VOCABULARY]))
    content = (place / name).read_bytes()
    kept = data.draw(st.integers(0, len(content.rstrip()) - 1))
    (place / name).write_bytes(content[:kept])
    with pytest.raises(ValueError, match=name):
        load(place)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_changed_bytes_are_another_checkpoint_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("changed") / "best"
    save(place, network(dim=4), WORDS, FACTS)
    name = data.draw(st.sampled_from([WEIGHTS, CONFIG, VOCABULARY]))
    content = bytearray((place / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, min(len(content), 3000) - 1))] = data.draw(st.integers(0, 255))
    (place / name).write_bytes(content)
    refused = None
    try:
        read = load(place)
    except ValueError as error:
        refused = str(error)
    if refused is None:
        assert read.token_format == WORDS
        assert all(parameter.isfinite().all() for parameter in read.network.parameters())
    else:
        assert str(place) in refused


def test_nothing_large_is_made_for_a_small_file(place: Path) -> None:
    """The largest shape that a config may have is 100 GB of weights: it has to be refused before they are made."""
    for name, value in (("dim", 2**14), ("num_decoder_layers", 256), ("num_encoder_layers", 256)):
        change_json(place / CONFIG, put("network", name, value))
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(ValueError, match="does not fit"):
        load(place)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kilobytes"
    assert time.process_time() - started < 5
