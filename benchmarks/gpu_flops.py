"""How much there is to multiply in a training step, and how fast a device can: what "share of the peak" means.

Counted are the products that real tokens need: padding, norms and the optimiser are none of it. A product of two
numbers and the addition of the result are 2 FLOPs.
"""

import re
import time
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from searchformer.kernels import Linear
from searchformer.transformer import TransformerConfig

FORWARD_AND_BACKWARD = 3
"""The gradients of a product are two products of the same size."""

TERA = 1e12


class Work(NamedTuple):
    """FLOPs of reading examples once, forward: of products with weights, and of attention."""

    weights: float
    attention: float

    @property
    def total(self) -> float:
        """Return both together."""
        return self.weights + self.attention


def work(config: TransformerConfig, prompts: Tensor, targets: Tensor) -> Work:
    """Return the work of examples with prompts of [N] tokens and targets of [N] tokens (those that are read).

    Each token is counted with the weights that it meets: a prompt token with the encoder and with the projections to
    keys and values that the decoder reads, a target token with the rest of the decoder and the output. Attention of a
    sequence to itself is counted as half of all pairs where it is causal.
    """
    s, t = prompts.double(), targets.double()
    block, own = _block(config), config.dim * config.dim
    attended = 4 * config.dim  # a query and a key are multiplied, and a weight and a value
    if not config.num_encoder_layers:
        both, layers = s + t, config.num_decoder_layers * config.num_loops
        weights = 2 * (layers * block * both.sum() + config.vocab_size * config.dim * t.sum())
        return Work(float(weights), float(layers * attended * (both**2).sum() / 2))
    encoder, decoder = (num * config.num_loops for num in (config.num_encoder_layers, config.num_decoder_layers))
    of_prompts = (encoder * block + decoder * 2 * own) * s.sum()
    of_targets = (decoder * (block + 2 * own) + config.vocab_size * config.dim) * t.sum()
    pairs = encoder * (s**2).sum() + decoder * ((t**2).sum() / 2 + (s * t).sum())
    return Work(float(2 * (of_prompts + of_targets)), float(attended * pairs))


def _block(config: TransformerConfig) -> int:
    """Return the weights of self-attention and feed-forward of one layer."""
    return config.dim * (4 * config.dim + 3 * config.hidden)


class Peak(NamedTuple):
    """TFLOP/s that a maker gives for dense products: bf16, and fp32 without tensor cores."""

    bf16: float
    fp32: float


# NVIDIA's data sheets, without sparsity. The longer of two names that fit counts.
PEAKS: Mapping[str, Peak] = {
    "H200": Peak(989, 67),
    "H200 NVL": Peak(835, 60),
    "GH200": Peak(989, 67),
    "H100": Peak(989, 67),
    "H100 NVL": Peak(835, 60),
    "H100 PCIe": Peak(756, 51),
    "A100": Peak(312, 19.5),
    "L40S": Peak(362, 91.6),
    "L4": Peak(121, 30.3),
    "A10": Peak(125, 31.2),
}


def peak_of(device_name: str) -> Peak | None:
    """Return the peak of a device by its name, or None: it is not in the table, or a slice of a device (MIG)."""
    words = re.split(r"[\s-]+", device_name)
    if "MIG" in words:
        return None
    fitting = [name for name in PEAKS if set(name.split()) <= set(words)]
    return PEAKS[max(fitting, key=len)] if fitting else None


def matmul_peak(device: torch.device, dtype: torch.dtype, width: int, seconds: float = 0.5) -> float:
    """Return the best FLOP/s seen in products of square matrices: what a program can reach, where no table tells."""
    layer = Linear(width, width).to(device, dtype)
    x = torch.randn(width, width, device=device, dtype=dtype)
    best, until = 0.0, time.perf_counter() + seconds
    with torch.no_grad():
        layer(x)
        while time.perf_counter() < until:
            synchronise(device)
            # CPU time where others may be at work on the same cores; a GPU is ours alone.
            clock = time.perf_counter if device.type == "cuda" else time.process_time
            started = clock()
            for _ in range(5):
                layer(x)
            synchronise(device)
            best = max(best, 5 * 2 * width**3 / (clock() - started))
    return best


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
