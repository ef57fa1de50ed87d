"""Faster ways through the network on the CPU in float32; elsewhere, and where they are switched off, torch's own.

torch multiplies by MKL, which leaves half the width of an AMD processor idle; oneDNN, which torch has as well, does not
(measured on one Zen 4 core: 195 against 88 GFLOP/s). The rest saves passes over memory: a training step at width 192
spends a quarter of its time in them. Each function gives what its plain counterpart gives but for rounding.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F  # noqa: N812  (the field's name)

_switch = {"on": True}

# Below, what oneDNN needs before it begins to multiply takes longer than the product.
_FEWEST_ROWS = 32


@contextmanager
def switched(on: bool) -> Iterator[None]:
    """Use the faster ways, or do not, within a block."""
    before = _switch["on"]
    _switch["on"] = on
    try:
        yield
    finally:
        _switch["on"] = before


class Linear(nn.Linear):
    """A product with a matrix, without a bias."""

    def __init__(self, num_in: int, num_out: int) -> None:
        super().__init__(num_in, num_out, bias=False)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """Return [..., num_out]."""
        if not _serves(input) or input.numel() < _FEWEST_ROWS * self.in_features or not HAS_ONEDNN:
            return F.linear(input, self.weight)
        if torch.is_grad_enabled():
            return _apply(_Product, input, self.weight)
        return _product(input, self.weight)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate pairs of channels, one from each half, by angles; cos and sin broadcast to half of x [..., 2 · half]."""
    if _serves(x):
        return _apply(_Rotation, x, cos, sin) if x.requires_grad else _rotated(x, cos, sin)
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def _serves(x: Tensor) -> bool:
    return (
        _switch["on"]
        and x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
    )


HAS_ONEDNN = hasattr(torch.ops.mkldnn, "_linear_pointwise")


def _product(x: Tensor, weight: Tensor) -> Tensor:
    """Return x · weightᵀ."""
    out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")  # noqa: SLF001  (has no other name)
    return out


def _apply(function: type[torch.autograd.Function], *arguments: Tensor) -> Tensor:
    out: Tensor = function.apply(*arguments)  # type: ignore[no-untyped-call]  # torch has no types for it
    return out


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _product(x, weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        grad = grads[0].contiguous()
        grad_x = _product(grad, weight.t()) if ctx.needs_input_grad[0] else None
        grad_weight = _product(grad.flatten(0, -2).t(), x.flatten(0, -2).t()) if ctx.needs_input_grad[1] else None
        return grad_x, grad_weight


class _Rotation(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotated(grads[0], cos, -sin), None, None


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    out = torch.empty_like(x)
    (first, second), (out_first, out_second) = x.chunk(2, dim=-1), out.chunk(2, dim=-1)
    torch.mul(first, cos, out=out_first).addcmul_(second, sin, value=-1)
    torch.mul(second, cos, out=out_second).addcmul_(first, sin)
    return out
