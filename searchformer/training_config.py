"""The settings of a training: one flat record, from a YAML file, a preset, a dict or the command line."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from importlib.resources import files
from typing import Any, TypeVar

from solvers import registry

T = TypeVar("T")

MODES = ("trace", "plan")
LOSSES = ("sequence", "token")
OPTIMIZERS = ("adamw", "muon")
PRECISIONS = ("fp32", "bf16-mixed")
STRATEGIES = ("auto", "ddp", "fsdp2")


def _setting(default: T, meaning: str, choices: tuple[str, ...] = ()) -> T:
    """Return a field with what `--help` says of it, and the values that it can have."""
    made: T = field(default=default, metadata={"meaning": meaning, "choices": choices})
    return made


@dataclass(frozen=True, slots=True)
class TracesWanted:
    """The data set that a preset learns from; `twofold traces` makes it."""

    domain: str
    size: int
    num: int
    seed: int = 1
    max_trace_tokens: int | None = None

    def command(self, out: str) -> str:
        """Return the command that makes it."""
        longest = f" --max-trace-tokens {self.max_trace_tokens}" if self.max_trace_tokens else ""
        made = f"--num {self.num} --size {self.size} --seed {self.seed}"
        return f"twofold traces {self.domain} {made}{longest} --out {out}"


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything that decides a training but the data and the place; `FIXED` cannot change when one is resumed."""

    size: str = _setting("15m", "the network: tiny, 15m, 46m, 175m or 757m")
    decoder_only: bool = _setting(False, "one stack that reads prompt and target as one sequence")
    tied: bool = _setting(False, "share the embedding with the output")
    qk_norm: bool = _setting(False, "normalise queries and keys, head by head")
    num_loops: int = _setting(1, "apply the same layers so many times")
    max_positions: int | None = _setting(None, "the context, in tokens (default: what the data needs, and some more)")

    mode: str = _setting("trace", "what is learned: trace (search, then plan) or plan (the plan alone)", MODES)
    dropping: str = _setting(
        "L0", "leave out parts of traces: maze, sokoban, two-mode, L0 (nothing) … L4 (all), or five shares 'L0 … L4'"
    )
    drop_tokens: float = _setting(0.0, "leave out this share of single trace tokens (to compare dropping with)")
    token_format: str = _setting("paper", "how traces are written: paper, or compact (one token a cell)")
    max_cost: int | None = _setting(None, "the greatest cost that has a word (default: the greatest in the data)")
    num_examples: int | None = _setting(None, "learn from the first so many training examples alone (default: all)")
    token_budget: int = _setting(4000, "tokens of one batch of one process, padding included")
    num_workers: int = _setting(0, "processes that prepare batches; the batches are the same")

    optimizer: str = _setting("adamw", "adamw, or muon for the matrices inside the blocks and adamw for the rest")
    learning_rate: float = _setting(1e-3, "the highest learning rate")
    warmup_steps: int = _setting(200, "steps until it is reached")
    final_share: float = _setting(0.1, "the share of it that is left at the end of the cosine")
    weight_decay: float = _setting(0.01, "of the matrices; vectors and the embedding have none")
    beta1: float = _setting(0.9, "AdamW's memory of gradients")
    beta2: float = _setting(0.99, "AdamW's memory of squared gradients")
    max_gradient_norm: float = _setting(1.0, "longer gradients are shortened to it; 0: never")
    loss: str = _setting("sequence", "mean over each target, then over the batch (the paper's); or over tokens", LOSSES)
    choice_weight: float = _setting(
        1.0, "how often a target's first word counts, which says whether thinking comes first"
    )
    accumulate: int = _setting(1, "batches for one step")
    max_steps: int = _setting(10_000, "steps in all")
    max_minutes: float | None = _setting(None, "stop after this time; the learning rate falls in time for it")
    ema: float | None = _setting(None, "validate and export an average of the weights that keeps this share each step")

    seed: int = _setting(0, "decides the first weights, the order of batches, and what is dropped")
    precision: str = _setting("fp32", "fp32, or bf16-mixed for GPUs", PRECISIONS)
    compile: bool = _setting(False, "torch.compile: for GPUs; no gain on a CPU")
    deterministic: bool = _setting(False, "only algorithms that give the same bits each time (GPUs: slower)")
    accelerator: str = _setting("auto", "auto, cpu, cuda or mps")
    devices: int = _setting(1, "processes on each machine, each with a device of its own")
    num_nodes: int = _setting(1, "machines")
    strategy: str = _setting(
        "auto", "auto, ddp, or fsdp2 (weights shared out among devices; no problems are solved)", STRATEGIES
    )
    num_threads: int | None = _setting(None, "threads of the CPU (default: as torch decides)")

    validate_every: int = _setting(500, "steps between validations")
    num_problems: int = _setting(64, "held-out problems that each validation solves, greedily; 0: none")
    num_validation_batches: int = _setting(10, "batches of held-out examples whose loss each validation takes")
    save_every: int = _setting(500, "steps between checkpoints to resume from")
    log_every: int = _setting(10, "steps between lines in the log")

    traces: TracesWanted | None = field(
        default=None, metadata={"meaning": "the data set that these settings are meant for", "choices": ()}
    )

    def __post_init__(self) -> None:
        """Refuse settings without a sense."""
        for each in fields(self):
            choices = each.metadata["choices"]
            if choices:
                registry.lookup(each.name, getattr(self, each.name), dict.fromkeys(choices))
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name} must be at least {least}, not {value}")
        for name in ("learning_rate", "max_minutes", "choice_weight"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be above 0, not {value}")
        for name in ("beta1", "beta2", "ema", "final_share", "drop_tokens"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= (1 if name == "final_share" else 0.999_999):
                raise ValueError(f"{name} must be at least 0 and below 1, not {value}")
        self._check_together()

    def _check_together(self) -> None:
        if (self.dropping != "L0" or self.drop_tokens) and self.mode != "trace":
            raise ValueError("mode plan has no traces to leave out parts of: take dropping L0, or mode trace")
        if self.strategy == "fsdp2" and (self.ema is not None or self.optimizer == "muon"):
            needs = "ema" if self.ema is not None else "muon"
            raise ValueError(f"{needs} needs whole weights on each device: leave it out, or take ddp")


_LEAST = {
    **dict.fromkeys(("num_loops", "accumulate", "max_steps", "devices", "num_nodes", "num_threads"), 1),
    **dict.fromkeys(("validate_every", "save_every", "log_every", "token_budget", "num_validation_batches"), 1),
    **dict.fromkeys(("max_positions", "max_cost", "num_examples"), 1),
    **dict.fromkeys(("warmup_steps", "weight_decay", "max_gradient_norm", "num_problems", "num_workers", "seed"), 0),
}

FIXED = (
    *("size", "decoder_only", "tied", "qk_norm", "num_loops", "max_positions", "mode", "token_format", "max_cost"),
    *(
        "dropping",
        "drop_tokens",
        "num_examples",
        "token_budget",
        "optimizer",
        "accumulate",
        "ema",
        "seed",
        "devices",
        "num_nodes",
    ),
)
"""Settings that a checkpoint and the order of batches depend on."""


def config_from(values: Mapping[str, Any]) -> TrainingConfig:
    """Return the settings in a mapping, as YAML gives it.

    Raises:
        ValueError: A setting is unknown, of the wrong kind, or makes no sense.
    """
    known = {each.name: each for each in fields(TrainingConfig)}
    given = dict(values)
    for name, value in given.items():
        registry.lookup("setting", name, known)
        given[name] = _checked(known[name], value)
    return TrainingConfig(**given)


def preset_names() -> list[str]:
    """Return the names of the presets."""
    found = files("searchformer") / "presets"
    return sorted(each.name.removesuffix(".yaml") for each in found.iterdir() if each.name.endswith(".yaml"))


def preset_text(name: str) -> str:
    """Return a preset as YAML; ValueError names those that there are."""
    registry.lookup("preset", name, dict.fromkeys(preset_names()))
    return (files("searchformer") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")


def _checked(setting: "Field[Any]", value: Any) -> Any:
    """Return a value of the kind of a setting's default, which tells as much of it as is needed here."""
    kind: Any = KINDS[setting.name]
    if value is None:
        if setting.default is None:
            return None
        raise ValueError(f"{setting.name} needs a value")
    if kind is TracesWanted:
        return value if isinstance(value, TracesWanted) else _traces_wanted(value)
    if kind is float and isinstance(value, str):  # YAML reads 1e-3 as a text
        try:
            return float(value)
        except ValueError:
            raise ValueError(f"{setting.name} must be a number, not {value!r}") from None
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{setting.name} must be {_CALLED[kind]}, not {value!r}")
    return float(value) if kind is float else value


def _traces_wanted(value: Any) -> TracesWanted:
    if not isinstance(value, Mapping):
        raise ValueError(f"traces must be a mapping such as {{domain: maze, size: 10, num: 100000}}, not {value!r}")
    known = {each.name: each for each in fields(TracesWanted)}
    for name in value:
        registry.lookup("setting of traces", name, known)
    missing = [name for name, each in known.items() if each.default is MISSING and name not in value]
    if missing:
        raise ValueError(f"traces needs {missing[0]!r}")
    return TracesWanted(**value)


KINDS: Mapping[str, type] = {
    each.name: type(each.default) for each in fields(TrainingConfig) if each.default is not None
} | {
    **dict.fromkeys(("max_positions", "max_cost", "num_examples", "num_threads"), int),
    **dict.fromkeys(("max_minutes", "ema"), float),
    "traces": TracesWanted,
}
"""The type of each setting, None aside."""
_CALLED = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
