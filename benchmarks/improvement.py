"""Improvement by own samples: rounds of it, and how long the thinking is in each, as a share of A*'s.

    python -m benchmarks.improvement [--checkpoint default|DIR]... [--out DIR] [--rounds 3] [--problems 1500]
        [--samples 32] [--steps 150] [--learning-rate 3e-4] [--filter NAME]... [--evaluate 1000] [--side 5] [--seed 0]
        [--random-ties] [--workers W] [--devices cpu] [--plot FILE.png] [--report FILE.json] [--smoke]

Each checkpoint is improved by `searchformer.improvement`, on a data set of its domain and size that is made for it: one
problem of each layout, and held out are layouts that all data sets hold out. Without a checkpoint, a network learns at
first to write whole searches of 5 × 5 mazes with random ties, as the paper's did (a quarter of an hour more).

What is done is kept in DIR: called again, it goes on where it was. From a checkpoint for 6 × 6 mazes, the default takes
some twenty minutes on one core.
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.training import one_thread
from data import manifest as manifests
from data.generation import generate
from planning.domain import Domain
from planning.domains import DOMAINS
from searchformer import checkpoint, improvement_report
from searchformer.improve_command import Narrator
from searchformer.improvement import improve
from searchformer.improvement_config import ImprovementConfig, ImprovementStopped, Machine
from searchformer.improvement_report import Round

OUT = Path("runs/improvement")
MOST_LENGTH, MOST_OUTSIDE = 0.85, 0.2
_HELD_OUT_PERCENT = 10
_DATA_SEED = 0x1A7E


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a network learns to write whole searches, where no checkpoint is given."""

    side: int = 5
    examples: int = 40_000
    steps: int = 800
    network: str = "tiny"


SMOKE = Beginning(side=4, examples=24, steps=24)


def main(arguments: Sequence[str] | None = None) -> int:
    """Improve what is asked for, print and draw the rounds, and judge them."""
    parser = _parser()
    options = parser.parse_args(arguments)
    timing.refuse_bad_files(parser, options.report, options.plot)
    with one_thread(), tempfile.TemporaryDirectory(prefix="twofold-improvement-") as brief:
        out = options.out or (Path(brief) if options.smoke else OUT)
        try:
            loops = {name: _loop(name, start, out, options) for name, start in _starts(options, out).items()}
        except ValueError as error:
            parser.error(str(error))
        except ImprovementStopped as stopped:
            print(f"stopped, and goes on where it was if it is called again: {stopped}", file=sys.stderr)
            return 130 if stopped.interrupted else 1
    for name, rounds in loops.items():
        print(f"\n{name}\n{improvement_report.table(rounds)}")
    if options.plot:
        improvement_report.draw(options.plot, loops, "Improvement by own samples; intervals of 95 %")
    bars = [bar for name, rounds in loops.items() for bar in bars_of(name, rounds)]
    figures = {"loops": {name: [asdict(each) for each in rounds] for name, rounds in loops.items()}}
    timing.write_report(options.report, {**figures, "environment": timing.environment(["torch"])}, bars)
    return timing.conclude(bars, judged=not options.smoke)


def bars_of(name: str, rounds: Sequence[Round]) -> list[timing.Bar]:
    """Return what the last round is judged by, against the beginning; a loop without a round has no bars."""
    first, last = rounds[0], rounds[-1]
    bars = []
    if last.length_vs_astar.value is not None and last is not first:
        what = f"{name}: trace length after {last.number} rounds, of A*'s on the same tasks"
        bars.append(timing.Bar(what, 100 * last.length_vs_astar.value, 100 * MOST_LENGTH, "%", is_limit=True))
    if last.optimal.high is not None and first.optimal.value is not None and last is not first:
        what = f"{name}: optimal answers after {last.number} rounds, upper end of the interval, against the beginning"
        bars.append(timing.Bar(what, 100 * last.optimal.high, 100 * first.optimal.value, "%"))
    outside = [each.sampled.share_outside for each in rounds if each.sampled]
    if outside:
        what = f"{name}: sampling, most of the time outside of the network in a round"
        bars.append(timing.Bar(what, 100 * max(outside), 100 * MOST_OUTSIDE, "%", is_limit=True))
    return bars


def _starts(options: argparse.Namespace, out: Path) -> Mapping[str, str]:
    """Return the checkpoints to improve by their names in tables; ValueError says where two have the same."""
    if not options.checkpoint:
        beginning = SMOKE if options.smoke else Beginning(side=options.side)
        return {f"complete traces, {beginning.side} × {beginning.side}": _complete(out / "complete", beginning)}
    names = [str(each) for each in options.checkpoint]
    if len(set(names)) < len(names):
        raise ValueError(f"a checkpoint is there twice: {', '.join(names)}")
    return dict(zip(names, names, strict=True))


def _complete(out: Path, beginning: Beginning) -> str:
    """Train a network on whole searches, unless that is done, and return where it is."""
    from searchformer.training import TrainingStopped, train  # noqa: PLC0415  (lightning: five seconds)

    data = _data(DOMAINS["maze"], beginning.side, beginning.examples, out / "data", random_ties=True)
    settings = {
        "size": beginning.network,
        "token_format": "compact",
        "max_cost": beginning.side**2,
        "optimizer": "muon",
        "learning_rate": 2e-3,
        "token_budget": 8000,
        "warmup_steps": min(100, beginning.steps // 4),
        "final_share": 0.02,
        "max_steps": beginning.steps,
        "validate_every": beginning.steps,
        "num_problems": 0,
        "save_every": 100,
        "num_threads": 1,
        "seed": 1,
    }
    place = out / "training"
    if not (place / "last").exists():
        narrator = Narrator("benchmarks.improvement")
        narrator.begin("learning whole searches")
        can_resume = (place / "last.ckpt").exists()
        if not can_resume:  # stopped before its first checkpoint
            shutil.rmtree(place, ignore_errors=True)
        try:
            train(settings, data, place, resume=can_resume, display=narrator)
        except TrainingStopped as stopped:
            raise ImprovementStopped(str(stopped), interrupted=stopped.interrupted) from stopped
    return str(place / "last")


def _loop(name: str, start: str, out: Path, options: argparse.Namespace) -> Sequence[Round]:
    """Improve one checkpoint, as far as that is not done."""
    words = checkpoint.load(start).token_format
    place = out / re.sub(r"[^\w.-]+", "-", name)
    config = _config(options)
    # A tenth of the layouts is held out; some more, as it is not exactly a tenth.
    num = max(12 * config.num_evaluated, config.num_problems or 0) if not options.smoke else SMOKE.examples
    size, of_its_own = max(words.width, words.height), not options.checkpoint
    data = _data(words.domain, size, num, place / "data", random_ties=of_its_own or options.random_ties)
    if options.smoke:
        config = replace(config, num_evaluated=2)
    found = improve(
        start,
        data,
        place / "rounds",
        config,
        machine=Machine(options.workers, tuple(options.devices.split(",")), options.batch_size),
        resume=True,
        narrator=Narrator(f"benchmarks.improvement: {name}"),
    )
    if found.stopped:
        print(f"{name}: {found.stopped}")
    return found.rounds


def _data(domain: Domain[Any, Any], size: int, num: int, out: Path, *, random_ties: bool) -> Path:
    """Make a data set of problems that are as different as can be, unless it is there."""
    options = {"tries": 1} if "tries" in domain.options else {}
    sampling = domain.sampling(size, options=options)
    # Small ones would hold nothing out by chance.
    percent = _HELD_OUT_PERCENT if num > 1000 else 40
    if not (out / manifests.FILE_NAME).exists() or not manifests.load(out).complete:
        generate(
            domain,
            sampling,
            num=num,
            seed=_DATA_SEED,
            out=out,
            random_ties=random_ties,
            test_percent=percent,
            resume=True,
        )
    return out


def _config(options: argparse.Namespace) -> ImprovementConfig:
    training = {"max_steps": options.steps, "learning_rate": options.learning_rate, "num_threads": 1}
    config = ImprovementConfig(
        num_rounds=options.rounds,
        num_samples=options.samples,
        num_problems=options.problems,
        num_evaluated=options.evaluate,
        filters=tuple(options.filter),
        seed=options.seed,
        training=training,
    )
    if not options.smoke:
        return config
    brief = {**training, "max_steps": 4}
    return replace(config, num_rounds=1, num_samples=16, num_problems=8, training=brief)


def _parser() -> argparse.ArgumentParser:
    parser = timing.argument_parser("improvement", __doc__)
    parser.add_argument("--checkpoint", action="append", metavar="default|DIR", help="improve this one; several: each")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where everything is kept (default: {OUT})")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--problems", type=int, default=1500, help="to sample and learn from")
    parser.add_argument("--samples", type=int, default=32, help="answers to each of them")
    parser.add_argument("--steps", type=int, default=150, help="of fine-tuning in a round")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--filter", action="append", default=[], metavar="NAME", help="as of `searchformer improve`")
    parser.add_argument("--evaluate", type=int, default=1000, help="held-out problems")
    parser.add_argument("--side", type=int, default=Beginning().side, help="of the mazes of a network of its own")
    parser.add_argument("--random-ties", action="store_true", help="record searches so for a given checkpoint, too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--devices", default="cpu", metavar="NAME,…")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--plot", type=Path, metavar="FILE.png")
    return parser


if __name__ == "__main__":
    sys.exit(main())
