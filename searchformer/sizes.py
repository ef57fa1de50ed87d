"""Sizes of networks by name: one dial from which the rest follows (Searchformer, arXiv 2402.14083, table 1)."""

from dataclasses import dataclass
from typing import Any

from searchformer.transformer import TransformerConfig
from solvers import registry


@dataclass(frozen=True, slots=True)
class Size:
    """Width, layers of the encoder and as many of the decoder, and heads."""

    dim: int
    num_layers: int
    num_heads: int


# The names of the paper count the angles of rotary positions, too: "15m" has 6.3 million trainable parameters.
SIZES = {
    "tiny": Size(128, 3, 4),
    "15m": Size(192, 6, 3),
    "46m": Size(384, 8, 4),
    "175m": Size(768, 9, 4),
    "757m": Size(1152, 16, 12),
}


def config_for(
    size: str, *, vocab_size: int, max_positions: int, decoder_only: bool = False, **options: Any
) -> TransformerConfig:
    """Return the shape of a network of a size; `options` are further fields of `TransformerConfig`.

    Without an encoder, the decoder has the layers of both.

    Raises:
        ValueError: The size is unknown, or an option is not possible.
    """
    chosen = registry.lookup("size", size, SIZES)
    return TransformerConfig(
        vocab_size=vocab_size,
        max_positions=max_positions,
        dim=chosen.dim,
        num_heads=chosen.num_heads,
        num_encoder_layers=0 if decoder_only else chosen.num_layers,
        num_decoder_layers=2 * chosen.num_layers if decoder_only else chosen.num_layers,
        **options,
    )
