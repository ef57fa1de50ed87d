"""A trained network as the planner of `twofold solve`: loading it, and planning with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planning.domain import Domain
from searchformer.checkpoint import Checkpoint, load
from searchformer.choice import Choice
from searchformer.guarantee import Planned, plan_all
from searchformer.modes import learned
from solvers.search import Limits
from twofold.learned_options import Asked
from twofold.memory import bounded_memory


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is ready to be asked, and the mode that it is asked in."""

    checkpoint: Checkpoint
    asked: Asked
    mode: str

    def plans(self, domain: Domain[Any, Any], problems: Sequence[Any], limits: Limits) -> Iterator[Planned]:
        """Yield what is planned for each problem: all together, or one by one where each has a time limit."""
        for some in [problems] if limits.time_limit_s is None else [[problem] for problem in problems]:
            with bounded_memory():
                planned = self._plan(domain, some, limits)
            yield from planned

    def warm_up(self, domain: Domain[Any, Any], problem: Any) -> None:
        """Have everything compiled that a network needs, so that its time is not counted as the first problem's."""
        if self.asked.guarantee == "none":
            return
        self._plan(domain, [problem], Limits(max_expansions=1), max_tokens=1)

    def _plan(
        self, domain: Domain[Any, Any], problems: Sequence[Any], limits: Limits, max_tokens: int | None = None
    ) -> list[Planned]:
        asked = self.asked
        return plan_all(
            problems,
            self.checkpoint,
            guarantee=asked.guarantee,
            domain=domain,
            mode=self.mode,
            num_samples=asked.num_samples,
            choice=Choice(asked.temperature),
            seed=asked.seed,
            max_tokens=max_tokens,
            limits=limits,
            compare=asked.is_compared,
        )


def ready(asked: Asked) -> Network:
    """Load a network.

    Raises:
        ValueError: There is none, or it is damaged.
        OSError: A file cannot be read.
    """
    checkpoint = load(asked.checkpoint)
    known = learned(checkpoint.facts)
    return Network(checkpoint, asked, asked.mode or ("auto" if known is None or "auto" in known else known[0]))
