"""What is minimised: the cross-entropy of each target token, averaged in one of two ways."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the field's name)

from searchformer.batches import Batch


def token_losses(network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the cross-entropy of each target token behind bos [B, T − 1], and the mask of what is real."""
    logits = network(batch.prompts, batch.prompt_lengths, batch.targets[:, :-1])
    wanted = batch.targets[:, 1:]
    losses = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none").view(wanted.shape)
    places = torch.arange(wanted.shape[1], device=wanted.device)
    return losses, (places < batch.target_lengths[:, None] - 1).to(losses.dtype)


def sequence_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over each row's real tokens, then over rows (the paper's); both are [B, T], the mask weighs."""
    return ((losses * mask).sum(dim=1) / mask.sum(dim=1)).mean()


def token_loss(losses: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over all real tokens; both arguments are [B, T], and the mask weighs."""
    return (losses * mask).sum() / mask.sum()


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"sequence": sequence_loss, "token": token_loss}
