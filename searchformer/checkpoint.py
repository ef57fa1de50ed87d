"""A trained network as files that anyone can keep, send and check: weights, shape, vocabulary and a card.

    model.safetensors   the weights
    config.json         schema version, shape of the network, token format, facts (how it was trained)
    vocab.json          the words, in the order of their ids
    MODEL_CARD.md       the same for people, with data, metrics and limits

Loading executes nothing that is in the files, and allocates nothing before their sizes fit together.
"""

import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, asdict, dataclass, fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, get_type_hints

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from data.tokens import MAX_WORDS, TokenFormat, format_from
from searchformer.model_card import card
from searchformer.transformer import Transformer, TransformerConfig

SCHEMA: Final = 1
DEFAULT: Final = "default"
WEIGHTS, CONFIG, VOCABULARY, CARD = "model.safetensors", "config.json", "vocab.json", "MODEL_CARD.md"
FILES: Final = (WEIGHTS, CONFIG, VOCABULARY, CARD)
DTYPES: Final = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
"""How weights can be stored, by the names of safetensors; loaded, they are always float32."""

# Far above anything that is trained here, and low enough that a file cannot make this program fill the memory.
MAX_JSON_BYTES = 8 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_EXTENT = 1024
_MOST: Final = {"vocab_size": MAX_WORDS, "dim": 2**14, "max_positions": 2**17}
_MOST_OF_OTHERS = 256


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A network in evaluation mode, the words that it reads and writes, and what is known of its training."""

    network: Transformer
    token_format: TokenFormat
    facts: Mapping[str, Any]


def save(
    directory: str | os.PathLike[str],
    network: Transformer,
    token_format: TokenFormat,
    facts: Mapping[str, Any],
    *,
    dtype: torch.dtype = torch.float32,
) -> None:
    """Write a checkpoint: all of it or nothing. The same network and facts give the same bytes.

    It is written beside `directory`, and takes its place when all of it is on disk; a checkpoint that was there before
    survives a full disk and a kill. One process at a time may write to a directory.

    Args:
        directory: Where to; it may hold an earlier checkpoint, and nothing else.
        network: On any device, in any mode.
        token_format: Of as many words as the network has.
        facts: What JSON can hold. The card knows `mode` ("trace" or "plan"), `steps`, `seed`, `command` (that trained
            it), `data` (a sentence or a mapping), `data_sha256` (of the manifest), `evaluations` (a list of reports)
            and `limits` (a list of sentences); it lists all others.
        dtype: How to store weights: float32, or float16 or bfloat16 for half the size.

    Raises:
        ValueError: The directory holds something else, the words do not fit the network, facts are no JSON, or a
            weight is not finite (as float16, perhaps).
        OSError: It cannot be written; what was there before is still there.
    """
    weights, texts = _weights(network, dtype), _texts(network, token_format, facts)
    target = Path(directory).resolve()
    aside, previous = _aside(target), _previous(target)
    _tidy(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        aside.mkdir()
        _write_weights(aside / WEIGHTS, weights)
        for name, text in texts.items():
            (aside / name).write_text(text, encoding="utf-8", newline="\n")
        # The library writes for its user alone; the weights are as private as the other files.
        (aside / WEIGHTS).chmod((aside / CONFIG).stat().st_mode)
        for name in FILES:
            _sync(aside / name)
        _sync(aside)
        if target.exists():
            target.rename(previous)  # killed here, `load` finds the previous one
        aside.rename(target)
    except BaseException:
        _tidy(target)
        raise
    _sync(target.parent)
    shutil.rmtree(previous, ignore_errors=True)


def load(directory: str | os.PathLike[str], device: str | torch.device = "cpu") -> Checkpoint:
    """Read a checkpoint; "default" is the one that comes with this package (`./default` is a directory of that name).

    Raises:
        ValueError: Something is missing, damaged, does not fit together, or is of another version: which, and where.
        OSError: A file cannot be read.
    """
    with _found(directory) as place:
        config, token_format, facts = _parsed(_read_json(place / CONFIG), place / CONFIG)
        _check_vocabulary(place / VOCABULARY, token_format, config)
        network = _read_network(place / WEIGHTS, config)
    return Checkpoint(network.to(device).eval(), token_format, facts)


def _weights(network: Transformer, dtype: torch.dtype) -> dict[str, Tensor]:
    """Return the parameters, shared ones once, as they are stored."""
    if dtype not in DTYPES.values():
        known = ", ".join(str(each).removeprefix("torch.") for each in DTYPES.values())
        raise ValueError(f"weights cannot be stored as {dtype}: take one of {known}")
    weights = {}
    for name, parameter in network.named_parameters():
        weights[name] = parameter.detach().to("cpu", dtype).contiguous()
        if not weights[name].isfinite().all():
            raise ValueError(f"weights {name!r} are not finite as {dtype}: such a network is not saved")
    return weights


def _texts(network: Transformer, token_format: TokenFormat, facts: Mapping[str, Any]) -> dict[str, str]:
    if network.config.vocab_size != len(token_format.words):
        raise ValueError(
            f"the network knows {network.config.vocab_size} words, and the token format has {len(token_format.words)}"
        )
    config = {
        "schema": SCHEMA,
        "network": asdict(network.config),
        "token_format": token_format.description(),
        "facts": dict(facts),
    }
    try:
        text = json.dumps(config, indent=1, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the facts of a checkpoint are what JSON can hold: {error}") from None
    if len(text.encode()) > MAX_JSON_BYTES:
        raise ValueError(f"the facts of a checkpoint are more than {MAX_JSON_BYTES // 2**20} MiB: keep them elsewhere")
    _parsed(json.loads(text), Path(CONFIG))  # what could not be loaded is not saved
    words = json.dumps(token_format.words, indent=0, ensure_ascii=False)
    return {CONFIG: text + "\n", VOCABULARY: words + "\n", CARD: card(network, token_format, facts)}


def _write_weights(file: Path, weights: dict[str, Tensor]) -> None:
    try:
        save_file(weights, file, {"format": "pt"})  # one key alone: several would be in any order
    except SafetensorError as error:
        raise OSError(f"{file.parent}: the weights could not be written: {error}") from error


def _sync(path: Path) -> None:
    """Make sure that a file or a directory is on disk, where that can be made sure of."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.unfinished")


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def _tidy(target: Path) -> None:
    """Undo what was left half-done, and refuse a target that holds anything but a checkpoint.

    Raises:
        ValueError: It does.
    """
    aside, previous = _aside(target), _previous(target)
    shutil.rmtree(aside, ignore_errors=True)
    if previous.exists() and not target.exists():
        previous.rename(target)
    shutil.rmtree(previous, ignore_errors=True)
    if target.exists() and not target.is_dir():
        raise ValueError(f"{target} is a file: a checkpoint is a directory, take another name")
    others = sorted(path.name for path in target.iterdir() if path.name not in FILES) if target.exists() else []
    if others:
        raise ValueError(f"{target} holds {others[0]!r}, which is no part of a checkpoint: take another directory")


@contextmanager
def _found(directory: str | os.PathLike[str]) -> Iterator[Path]:
    """Have the directory of a checkpoint, complete as to its names.

    Raises:
        ValueError: There is none, or a file of it is missing.
    """
    if directory == DEFAULT:
        inside = files("searchformer") / DEFAULT
        if not inside.is_dir():
            raise ValueError(
                "this installation has no default checkpoint: train one by `searchformer train`, and give its directory"
            )
        with as_file(inside) as place:
            yield _complete(place)
        return
    place = Path(directory).resolve()
    was_killed = not place.exists() and _previous(place).exists()
    yield _complete(_previous(place) if was_killed else place)


def _complete(place: Path) -> Path:
    if not place.is_dir():
        raise ValueError(f"there is no checkpoint {place.name!r} in {place.parent}: `searchformer train` makes one")
    missing = [name for name in (WEIGHTS, CONFIG, VOCABULARY) if not (place / name).is_file()]
    if missing:
        raise ValueError(f"{place} is no checkpoint: it has no {', '.join(missing)}")
    return place


def _read_json(file: Path) -> Any:
    with file.open("rb") as stream:
        content = stream.read(MAX_JSON_BYTES + 1)
    if len(content) > MAX_JSON_BYTES:
        raise ValueError(f"{file} is larger than {MAX_JSON_BYTES // 2**20} MiB: it is not what a checkpoint has")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is damaged: {error}") from None


def _parsed(content: Any, file: Path) -> tuple[TransformerConfig, TokenFormat, Mapping[str, Any]]:
    """Return what a config says: the shape of the network, its words, and the facts.

    Raises:
        ValueError: It is of another version, or says something that is not possible.
    """
    if not isinstance(content, dict) or "schema" not in content:
        raise ValueError(f"{file} is damaged: it has no 'schema'")
    if content["schema"] != SCHEMA:
        remedy = "load it with the version that wrote it, or train again"
        raise ValueError(
            f"{file} has schema version {content['schema']!r:.40}; this program reads version {SCHEMA}: {remedy}"
        )
    for name in ("network", "token_format", "facts"):
        if not isinstance(content.get(name), dict):
            raise ValueError(f"{file} is damaged: {name!r} has to be an object, not {content.get(name)!r:.40}")
    try:
        return _network_config(content["network"]), _token_format(content["token_format"]), content["facts"]
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def _network_config(content: dict[str, Any]) -> TransformerConfig:
    kinds = get_type_hints(TransformerConfig)
    wrong = next((name for name in content if name not in kinds), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r:.40} is no property of a network that this program knows")
    for field in fields(TransformerConfig):
        if field.name not in content and field.default is MISSING:
            raise ValueError(f"the network has no {field.name!r}")
        if field.name in content:
            _check_property(field.name, content[field.name], kinds[field.name])
    return TransformerConfig(**content)


def _check_property(name: str, value: Any, kind: Any) -> None:
    accepted = int | float if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} has to be {getattr(kind, '__name__', kind)}, not {value!r:.40}")
    most = _MOST.get(name, _MOST_OF_OTHERS)
    if kind is int and not 0 <= value <= most:
        raise ValueError(f"{name} has to be from 0 to {most:,}, not {value!r:.40}")
    if kind is float and not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} has to be above 0 and finite, not {value!r:.40}")


def _token_format(content: dict[str, Any]) -> TokenFormat:
    for name in ("width", "height"):
        if isinstance(content.get(name), int) and content[name] > MAX_EXTENT:
            raise ValueError(f"a token format of {name} {content[name]!r:.40} is more than {MAX_EXTENT} cells")
    return format_from(content)


def _check_vocabulary(file: Path, token_format: TokenFormat, config: TransformerConfig) -> None:
    words, expected = _read_json(file), list(token_format.words)
    if not isinstance(words, list):
        raise ValueError(f"{file} is damaged: a vocabulary is a list of words")
    place = next((i for i, pair in enumerate(zip(words, expected, strict=False)) if pair[0] != pair[1]), None)
    if place is not None:
        raise ValueError(
            f"{file}: word {place} is {words[place]!r:.40}, and the token format of {CONFIG} has "
            f"{expected[place]!r} there: it was trained with other words than this program gives"
        )
    for what, number in (("the file has", len(words)), ("the network has", config.vocab_size)):
        if number != len(expected):
            raise ValueError(f"{file}: {what} {number} words, and the token format of {CONFIG} gives {len(expected)}")


class _Hollow(TorchFunctionMode):
    """Has modules leave their weights as they are, which are replaced anyway: no time, and no random numbers.

    With the device "meta" they have a shape alone. Only `torch.empty` is sent there: `torch.device("meta")` would send
    the angles of rotary positions, too, and load a second's worth of symbolic mathematics for them.
    """

    def __init__(self, device: str) -> None:
        super().__init__()
        self.device = device

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        if getattr(function, "__module__", None) == "torch.nn.init":
            return args[0] if args else given["tensor"]
        if function is torch.empty:
            given["device"] = self.device
        return function(*args, **given)


def _read_network(file: Path, config: TransformerConfig) -> Transformer:
    """Return the network with the weights of a file, whose header is compared with the shape before anything is made.

    Raises:
        ValueError: It is damaged, or the weights are others than the shape wants, or not finite.
    """
    with _Hollow("meta"):
        expected = {name: list(each.shape) for name, each in Transformer(config).named_parameters()}
    _check_header(file)
    try:
        with safe_open(file, "pt") as stored:
            _check_tensors(file, stored, expected)
            with _Hollow("cpu"):
                network = Transformer(config)
            _fill(file, network, stored)
    except SafetensorError as error:
        raise ValueError(f"{file} is damaged: {error}: get it again") from None
    return network


def _check_header(file: Path) -> None:
    """Refuse a header that is too large to be one; all else is checked where it is read."""
    with file.open("rb") as stream:
        start = stream.read(8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or length > MAX_HEADER_BYTES:
        raise ValueError(f"{file} is damaged: it has {file.stat().st_size} bytes, and a header of {length}")


def _check_tensors(file: Path, stored: Any, expected: Mapping[str, list[int]]) -> None:
    names = set(stored.keys())
    for what, some in (("lacks", expected.keys() - names), ("has, and should not,", names - expected.keys())):
        if some:
            more = f" and {len(some) - 1} more" if len(some) > 1 else ""
            raise ValueError(f"{file} {what} the weights {min(some)!r:.80}{more}: it does not fit {CONFIG}")
    for name, shape in expected.items():
        part = stored.get_slice(name)
        if part.get_shape() != shape:
            raise ValueError(f"{file}: {name!r} has the shape {part.get_shape()}, and {CONFIG} wants {shape}")
        if part.get_dtype() not in DTYPES:
            raise ValueError(f"{file}: {name!r} is of type {part.get_dtype()}: weights are {', '.join(DTYPES)}")


@torch.no_grad()
def _fill(file: Path, network: Transformer, stored: Any) -> None:
    for name, parameter in network.named_parameters():
        parameter.copy_(stored.get_tensor(name))
        if not parameter.isfinite().all():
            raise ValueError(f"{file}: {name!r} holds weights that are not finite: the training had failed")
