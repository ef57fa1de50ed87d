"""What is to be learned of a data set that a network has improved (`data.derived`): its answers, where it has any."""

from collections.abc import Callable
from pathlib import Path

from data import manifest
from data.derived import answers_of, overlaid
from data.token_cache import format_of_set
from data.tokens import Tokens
from searchformer.batches import Columns, Targets
from searchformer.dropping import DroppedTargets, mix_named
from searchformer.training_config import TrainingConfig


def improved_targets(directory: Path, settings: TrainingConfig) -> Callable[[Columns], Targets] | None:
    """Return what makes targets of the recorded examples of a data set; None where A* alone has made it.

    Parts of answers are left out as they are of recorded searches; what is short already becomes shorter still.
    """
    if manifest.load(directory).parent is None:
        return None

    def targets(examples: Columns) -> Targets:
        assert isinstance(examples, Tokens)
        token_format = format_of_set(directory, settings.token_format, settings.max_cost)
        answers = answers_of(directory, token_format)
        assert answers is not None
        mix = mix_named("L4" if settings.mode == "plan" else settings.dropping, settings.drop_tokens)
        return DroppedTargets(overlaid(examples, answers), token_format, mix, settings.seed)

    return targets
