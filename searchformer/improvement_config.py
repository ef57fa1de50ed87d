"""What decides an improvement, who does the work, and how a round is fine-tuned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

from searchformer.checkpoint import Checkpoint
from searchformer.improvement_filters import filter_named
from searchformer.initial import settings_of
from searchformer.modes import MODES
from searchformer.progress import Display, Silent
from searchformer.training_config import TrainingConfig, config_from
from solvers import registry

FINE_TUNING: Final[Mapping[str, Any]] = MappingProxyType(
    {"max_steps": 1000, "learning_rate": 2e-4, "num_problems": 0, "save_every": 250}
)
"""How a round learns, unless told otherwise; besides, a tenth of the steps is warm-up."""
CHOOSING: Final[Mapping[str, Any]] = MappingProxyType({"accumulate": 8, "choice_weight": 30.0})
"""What comes besides where it is to learn when to think. All targets of a batch are of like lengths, plans or searches
alone: a step on several batches sees both. And the one word that chooses would be lost among all the others."""
_LEAST_BUDGET, _LEAST_PART = 8000, 2000
_DECIDED: Final = {"seed": "the seed of the improvement", "mode": "the checkpoint"}


class Narrator(Display, Protocol):
    """Where progress is shown, stage by stage."""

    def begin(self, stage: str) -> None:
        """Say what begins."""


class ImprovementStopped(Exception):  # noqa: N818  (not always an error)
    """A fine-tuning has not come to its end: the message says why; `interrupted` tells whether someone wanted it."""

    def __init__(self, sentence: str, *, interrupted: bool) -> None:
        super().__init__(sentence)
        self.interrupted = interrupted


class Unheard(Silent):
    """Shows nothing."""

    def begin(self, stage: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Who does the work; it decides nothing: processes that sample, their devices in turn, and answers at a time."""

    workers: int = 1
    devices: tuple[str, ...] = ("cpu",)
    batch_size: int = 64

    def __post_init__(self) -> None:
        """Refuse a machine that could do nothing."""
        if self.workers < 1 or self.batch_size < 1 or not self.devices:
            raise ValueError(f"workers, devices and batch_size must be at least 1, not {self}")


@dataclass(frozen=True, slots=True)
class ImprovementConfig:
    """All that decides an improvement but the checkpoint and the data.

    `num_problems` training problems are sampled and learned from (None: all), `num_evaluated` held-out ones are
    measured on. `mode` is that of the samples (`modes`): of thoughts, "slow" teaches to shorten them; of answers given
    at once, "fast" teaches where there is no need to think. `filters` are names (`improvement_filters`); `training`
    overrides settings of `TrainingConfig`.
    """

    mode: str = "slow"
    num_rounds: int = 3
    num_samples: int = 32
    temperature: float = 1.0
    num_problems: int | None = None
    num_evaluated: int = 1000
    filters: tuple[str, ...] = ()
    seed: int = 0
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        registry.lookup("mode", self.mode, MODES)
        counts = {"rounds": self.num_rounds, "samples": self.num_samples, "problems": self.num_problems}
        for name, value in (counts | {"evaluated problems": self.num_evaluated}).items():
            if value is not None and value < 1:
                raise ValueError(f"the number of {name} must be at least 1, not {value}")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"the temperature must be above 0, not {self.temperature}: at 0 all samples are the same")
        for name in self.filters:
            filter_named(name)
        for name in ("devices", "num_nodes"):
            if self.training.get(name, 1) != 1:
                raise ValueError(f"{name} must be 1: one process fine-tunes a round, sampling is what is shared out")
        config_from(self.training)


def fine_tuning(checkpoint: Checkpoint, config: ImprovementConfig, machine: Machine, number: int) -> TrainingConfig:
    """Return the settings by which a round learns: a fresh optimiser, warm-up and cosine, and the network as it is.

    Parts of traces are left out as when the checkpoint was trained, if it says how that was.

    Raises:
        ValueError: The network is of no size with a name, or a setting is overridden that is not free.
    """
    network = settings_of(checkpoint)
    for name in config.training:
        if name in network or name in _DECIDED:
            raise ValueError(f"{name} cannot be chosen here: {_DECIDED.get(name, 'the checkpoint')} decides it")
    chooses = config.mode != "slow"
    # Two full contexts hold any example.
    budget = max(_LEAST_PART if chooses else _LEAST_BUDGET, 2 * checkpoint.network.config.max_positions)
    chosen = {
        "token_budget": budget,
        "dropping": checkpoint.facts.get("dropping", "L0"),
        **FINE_TUNING,
        **(CHOOSING if chooses else {}),
        **config.training,
    }
    steps = chosen["max_steps"]
    if all(device == "cpu" for device in machine.devices):
        chosen = {"accelerator": "cpu"} | chosen
    chosen = {"warmup_steps": steps // 10, "validate_every": steps} | chosen
    return config_from({**chosen, "mode": "trace", "seed": config.seed + number, **network})
