"""A network in training, as Lightning wants it: the loss of a batch, the optimiser, and what is held out."""

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim import Optimizer

from data.tokens import TokenFormat
from searchformer import modes
from searchformer.batches import Batch
from searchformer.losses import LOSSES, token_losses
from searchformer.optimizers import OPTIMIZERS, rate
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Layer, Transformer
from searchformer.validation import COUNTS, HeldOut, figures, held_out_losses, solve


class Learner(lightning.LightningModule):
    """A network, and what one step of its training leaves for whoever watches.

    `losses` and `num_tokens` (real tokens, prompts and targets) gather until they are taken; `gradient_norm` (before it
    was clipped) and `learning_rate` are those of the last step; `validation` holds the figures of the last validation.
    """

    def __init__(self, network: Transformer, settings: TrainingConfig, token_format: TokenFormat) -> None:
        super().__init__()
        self.network, self.settings, self.token_format = network, settings, token_format
        self.losses: list[Tensor] = []
        self.num_tokens = torch.zeros((), dtype=torch.int64)
        self.gradient_norm = torch.zeros(())
        self.learning_rate = 0.0
        self.share_done = 0.0
        self.validation: dict[str, float] = {}
        self.modes = modes.learned({"mode": settings.mode, "dropping": settings.dropping}) or ()
        self._sums = torch.zeros(2 + len(COUNTS) * len(self.modes), dtype=torch.float64)

    def training_step(self, batch: Batch, _index: int) -> Tensor:
        """Return the loss of one batch."""
        losses, mask = token_losses(self.network, batch)
        mask[:, 0] *= self.settings.choice_weight
        loss = LOSSES[self.settings.loss](losses, mask)
        self.losses.append(loss.detach())
        self.num_tokens = self.num_tokens.to(loss.device) + batch.num_tokens
        return loss

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,  # noqa: ARG002  (Lightning's signature)
        gradient_clip_algorithm: str | None = None,  # noqa: ARG002
    ) -> None:
        """Shorten the gradient, and remember how long it was."""
        self.learning_rate = float(optimizer.param_groups[0]["lr"])
        most = self.settings.max_gradient_norm or float("inf")
        self.gradient_norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), most)

    def on_validation_epoch_start(self) -> None:
        """Begin to count."""
        self._sums.zero_()

    def validation_step(self, held_out: HeldOut, _index: int) -> None:
        """Take the loss on held-out examples, and solve held-out problems, in each mode that is learned."""
        solved = [solve(self.network, self.token_format, held_out.exercises, mode) for mode in self.modes]
        counts = torch.tensor([each[name] for each in solved for name in COUNTS], dtype=torch.float64)
        self._sums += torch.cat((held_out_losses(self.network, held_out.batches), counts))

    def on_validation_epoch_end(self) -> None:
        """Sum up over all processes."""
        sums = self.trainer.strategy.reduce(self._sums.to(self._counting_device()), reduce_op="sum")
        assert isinstance(sums, Tensor)
        loss, tokens, *counts = sums.tolist()
        rows = zip(*[iter(counts)] * len(COUNTS), strict=True)
        by_mode = {mode: dict(zip(COUNTS, row, strict=True)) for mode, row in zip(self.modes, rows, strict=True)}
        self.validation = {"val_loss": loss / max(1.0, tokens)} | figures(by_mode)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimiser with its schedule, a step at a time."""
        optimizer = OPTIMIZERS[self.settings.optimizer](self.network, self.settings)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, self.settings, self.share_done))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _counting_device(self) -> torch.device:
        """Return a device that holds float64 (MPS does not)."""
        return torch.device("cpu") if self.device.type == "mps" else self.device


class ShardedLearner(Learner):
    """A learner whose weights are shared out among devices (FSDP2)."""

    def configure_model(self) -> None:
        """Share out the weights, block by block."""
        from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method  # noqa: PLC0415  (half a second)

        mesh = self.device_mesh["data_parallel"] if self.device_mesh is not None else None
        for block in self.network.decoder:
            assert isinstance(block, Layer)
            if block.reads_prompt:  # the prompt is read before the block is called
                fully_shard(block.cross_attention, mesh=mesh)
                register_fsdp_forward_method(block.cross_attention, "read")
        for block in (*self.network.encoder, *self.network.decoder):
            fully_shard(block, mesh=mesh)
        fully_shard(self.network, mesh=mesh)
