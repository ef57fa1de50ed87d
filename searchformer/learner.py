"""What is learned and how: the loss, the optimiser, the schedule, as one LightningModule."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer.batches import Batch
from searchformer.transformer import Transformer
from solvers import registry


@dataclass(frozen=True, slots=True)
class Optimisation:
    """How the weights are moved.

    `loss` "sequence" is the mean over each target, then over the batch (the paper's); "token" the mean over all target
    tokens. The learning rate rises for `warmup_steps`, then falls by a cosine to `final_share` of `learning_rate` at
    `max_steps`.
    """

    max_steps: int
    learning_rate: float
    warmup_steps: int = 100
    final_share: float = 0.1
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.99
    optimizer: str = "adamw"
    loss: str = "sequence"

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        registry.lookup("optimizer", self.optimizer, OPTIMIZERS)
        registry.lookup("loss", self.loss, LOSSES)
        if self.max_steps < 1 or self.learning_rate <= 0 or self.warmup_steps < 0:
            raise ValueError("max_steps ≥ 1, learning_rate > 0 and warmup_steps ≥ 0 are needed")


def sequence_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over each row's real tokens, then over rows; both arguments are [B, T]."""
    return ((losses * mask).sum(dim=1) / mask.sum(dim=1)).mean()


def token_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over all real tokens."""
    return (losses * mask).sum() / mask.sum()


LOSSES = {"sequence": sequence_loss, "token": token_loss}


def token_losses(network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of each target token behind bos [B, T − 1], and the mask of what is real."""
    logits = network(batch.prompts, batch.prompt_lengths, batch.targets[:, :-1])
    wanted = batch.targets[:, 1:]
    losses = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none").view(wanted.shape)
    places = torch.arange(wanted.shape[1], device=wanted.device)
    return losses, (places < batch.target_lengths[:, None] - 1).to(losses.dtype)


def adamw(network: nn.Module, settings: Optimisation) -> torch.optim.Optimizer:
    """Return AdamW (Loshchilov and Hutter 2019), fused; vectors and the embedding are not decayed."""
    return _adamw(network.named_parameters(), settings)


def _adamw(named: Iterable[tuple[str, nn.Parameter]], settings: Optimisation) -> torch.optim.Optimizer:
    parameters = [(name, parameter) for name, parameter in named if parameter.requires_grad]
    decayed = [p for name, p in parameters if p.dim() >= 2 and "embedding" not in name]
    others = [p for name, p in parameters if p.dim() < 2 or "embedding" in name]
    groups = [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(settings.beta1, settings.beta2), fused=True)


OPTIMIZERS = {"adamw": adamw}


def rate(step: int, settings: Optimisation) -> float:
    """Return the share of the learning rate that step `step` (from 0) uses."""
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, settings.max_steps - settings.warmup_steps)
    return settings.final_share + (1 - settings.final_share) * (1 + math.cos(math.pi * min(1.0, done))) / 2


class Learner(lightning.LightningModule):
    """A network in training."""

    def __init__(self, network: Transformer, settings: Optimisation) -> None:
        super().__init__()
        self.network, self.settings = network, settings

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        """Return the loss of one batch."""
        losses, mask = token_losses(self.network, batch)
        loss = LOSSES[self.settings.loss](losses, mask)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.prompts))
        return loss

    def configure_optimizers(self) -> Any:
        """Return the optimiser with its schedule, a step at a time."""
        optimizer = OPTIMIZERS[self.settings.optimizer](self.network, self.settings)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, self.settings))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
