"""A trained network to go on from: the settings that it stands for, and whether those of a training fit it."""

from dataclasses import fields
from typing import Any

from data.tokens import TokenFormat
from searchformer.checkpoint import Checkpoint
from searchformer.sizes import SIZES, config_for
from searchformer.transformer import TransformerConfig


def settings_of(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what `TrainingConfig` says of the network and the words of a checkpoint, by the names of its fields.

    Raises:
        ValueError: The network is of none of the sizes with a name.
    """
    shape, words = checkpoint.network.config, checkpoint.token_format
    decoder_only = not shape.num_encoder_layers
    options: dict[str, Any] = {
        "decoder_only": decoder_only,
        "max_positions": shape.max_positions,
        **{name: getattr(shape, name) for name in ("tied", "qk_norm", "num_loops")},
    }
    size = next((name for name in SIZES if config_for(name, vocab_size=shape.vocab_size, **options) == shape), None)
    if size is None:
        layers = f"{shape.num_encoder_layers} + {shape.num_decoder_layers} layers"
        raise ValueError(
            f"the checkpoint's network has width {shape.dim}, {layers} and {shape.num_heads} heads, and no size of "
            f"{', '.join(SIZES)} has: only networks of these sizes can be trained"
        )
    return {"size": size, **options, "token_format": words.name, "max_cost": words.max_cost}


def check_fits(checkpoint: Checkpoint, shape: TransformerConfig, token_format: TokenFormat) -> None:
    """Refuse a training whose data or settings want another network than a checkpoint's, or other words.

    Raises:
        ValueError: They do; the message names the first difference.
    """
    mine, asked = checkpoint.token_format.description(), token_format.description()
    for name, value in mine.items():
        if asked[name] != value:
            raise ValueError(f"the checkpoint has words of {name} {value!r}, and the training is of {asked[name]!r}")
    for name in (each.name for each in fields(TransformerConfig)):
        own, wanted = getattr(checkpoint.network.config, name), getattr(shape, name)
        if own != wanted:
            raise ValueError(f"the checkpoint's network has {name} {own!r}, and the settings make one of {wanted!r}")
