"""Optimisers by name, and the learning rate's way up and down."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW, Muon, Optimizer

from searchformer.training_config import TrainingConfig

_BLOCKS = ("encoder.", "decoder.")


def rate(step: int, settings: TrainingConfig, share_done: float = 0.0) -> float:
    """Return the share of the learning rate that step `step` (from 0) uses: a linear rise, then half a cosine.

    `share_done` is how much of `max_minutes` is over: what is further, the steps or the time, decides.
    """
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, settings.max_steps - settings.warmup_steps)
    done = min(1.0, max(done, share_done))
    return settings.final_share + (1 - settings.final_share) * (1 + math.cos(math.pi * done)) / 2


def adamw(network: nn.Module, settings: TrainingConfig) -> Optimizer:
    """Return AdamW (Loshchilov and Hutter 2019), fused; vectors and the embedding are not decayed."""
    inside, decayed, others = _parted(network)
    groups = [
        {"params": inside + decayed, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=settings.learning_rate, betas=(settings.beta1, settings.beta2), fused=True)


def muon(network: nn.Module, settings: TrainingConfig) -> Optimizer:
    """Return Muon (Jordan et al. 2024) for the matrices inside the blocks, and AdamW as above for all else."""
    return MuonWithAdamW(*_parted(network), settings)


OPTIMIZERS: Mapping[str, Callable[[nn.Module, TrainingConfig], Optimizer]] = {"adamw": adamw, "muon": muon}


class MuonWithAdamW(Optimizer):
    """Two optimisers that look like one to whatever schedules, clips, saves and restores.

    Groups and state are those of this optimiser; the two inside borrow them for a step. Muon's steps are scaled to the
    size of AdamW's (Liu et al. 2025), so that one learning rate serves both.
    """

    def __init__(
        self,
        inside: list[nn.Parameter],
        decayed: list[nn.Parameter],
        others: list[nn.Parameter],
        settings: TrainingConfig,
    ) -> None:
        rate, betas = settings.learning_rate, (settings.beta1, settings.beta2)
        self._muon = Muon(
            inside, lr=rate, weight_decay=settings.weight_decay, momentum=0.95, adjust_lr_fn="match_rms_adamw"
        )
        groups = [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        self._adamw = AdamW(groups, lr=rate, betas=betas, fused=True)
        super().__init__([*self._muon.param_groups, *self._adamw.param_groups], {"lr": rate})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step with each."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        # Restoring a checkpoint puts new groups and a new state here.
        for number, inner in ((slice(0, 1), self._muon), (slice(1, None), self._adamw)):
            inner.param_groups, inner.state = self.param_groups[number], self.state
            inner.step()  # type: ignore[no-untyped-call]  # torch has no types for Muon's
        return loss


def _parted(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
    """Return the matrices inside the blocks, the other matrices but the embedding, and all else."""
    inside, decayed, others = [], [], []
    for name, parameter in network.named_parameters():
        if parameter.dim() < 2 or "embedding" in name:
            others.append(parameter)
        elif name.startswith(_BLOCKS):
            inside.append(parameter)
        else:
            decayed.append(parameter)
    return inside, decayed, others
