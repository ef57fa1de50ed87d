"""`searchformer improve`: a checkpoint learns from its own shortest right answers, round by round."""

import math
import shlex
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from searchformer.cli import DONE, FAILED, INTERRUPTED
from searchformer.evaluate_command import whole
from searchformer.modes import IN_WORDS, MODES

if TYPE_CHECKING:
    from searchformer.improvement import Improvement
    from searchformer.improvement_config import ImprovementConfig, Machine

PROGRAM: Final = "searchformer improve"
DESCRIPTION = """\
Have a checkpoint think shorter (Searchformer, arXiv 2402.14083). Each round samples answers to training problems,
verifies every plan, keeps for each problem the optimal answer with the shortest trace, if that is shorter than what is
learned at present, fine-tunes the checkpoint on these, and measures it on problems that are held out.
"""
EPILOG = """\
filters: besides being optimal and shorter, an answer has to be
  valid-trace    a search that A* could have done, step by step
  complete       written with all clauses and costs (checkpoints that learned with dropping leave some of them out)
  majority       of a problem's correct plans, more than half are optimal: no lucky guesses
  sure=X         one of a problem whose samples are optimal for the share X, or more: no lucky guesses either
  share=X        one of the share X of the problems, which chance takes: the others stay as they are
  max-length=X   at most X times as long as the present trace: no small gains
  min-length=X   at least X times as long: thinking is not lost at one blow

samples of mode slow teach to think shorter; those of mode fast, which have no trace, teach where there is no need to
think, so that mode auto becomes a choice: the rounds are measured in it then.

what is left in --out: rounds.csv, rounds.png (with the extra plots) and, for each round, its samples, the data set that
was learned from (it names its parent and the model), the training, and round.json; the improved checkpoint of round 3
is round-3/training/last.

examples:
  searchformer improve --data runs/maze6 --out runs/better --problems 2000
  searchformer improve --checkpoint runs/tiny/best --data runs/maze6 --out runs/better --rounds 3 --samples 32 \\
      --steps 500 --learning-rate 3e-4 --workers 2
  searchformer improve --data runs/maze6 --out runs/valid --filter valid-trace --filter majority
  searchformer improve --data runs/maze6 --out runs/auto --mode fast --samples 8 --filter sure=1 --filter share=0.75
  searchformer improve --data runs/maze6 --out runs/dual --set dropping=maze --set optimizer=muon
  searchformer improve --checkpoint runs/tiny/best --data runs/maze6 --out runs/better --rounds 5 --resume

exit codes:
  0    all rounds are done
  1    a round found no shorter answer: it ends there; or a training failed, or the disk is full: what is done stays
  2    bad usage or input: nothing was begun
  130  interrupted: what is done stays, and --resume goes on
"""
_LINE_S, _REDRAW_S = 10.0, 0.2


def add_options(parser: ArgumentParser) -> None:
    """Add the options of `searchformer improve` to a parser."""
    what = parser.add_argument_group("what is improved, and on what")
    what.add_argument("--checkpoint", default="default", metavar="default|DIR", help="the network (default: default)")
    what.add_argument("--data", type=Path, required=True, metavar="DIR", help="a data set that `twofold traces` made")
    what.add_argument("--out", type=Path, required=True, metavar="DIR", help="where everything is left")
    what.add_argument("--resume", action="store_true", help="go on with what is in --out; it may be for more rounds")
    how = parser.add_argument_group("how")
    how.add_argument("--rounds", type=whole(1), default=3, metavar="R", help="(default: 3)")
    how.add_argument("--mode", choices=MODES, default="slow", help=f"of the samples; {IN_WORDS} (default: slow)")
    how.add_argument("--samples", type=whole(1), default=32, metavar="K", help="answers to a problem (default: 32)")
    how.add_argument("--temperature", type=_real, default=1.0, metavar="T", help="of their chance (default: 1)")
    how.add_argument("--problems", type=whole(1), metavar="N", help="training problems, evenly spread (default: all)")
    how.add_argument("--filter", action="append", default=[], metavar="NAME", help="learn fewer answers; see below")
    how.add_argument("--evaluate", type=whole(1), default=1000, metavar="N", help="held-out problems (default: 1000)")
    how.add_argument("--seed", type=whole(0), default=0, metavar="K", help="of samples and trainings (default: 0)")
    training = parser.add_argument_group("how a round is learned")
    training.add_argument("--steps", type=whole(1), metavar="N", help="of fine-tuning (default: 1000)")
    training.add_argument("--learning-rate", type=_real, metavar="X", help="the highest (default: 2e-4)")
    training.add_argument(
        "--set", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="any setting of a training"
    )
    machine = parser.add_argument_group("on what machine; nothing that comes out depends on it")
    machine.add_argument("--workers", type=whole(1), metavar="W", help="processes that sample (default: 1 a device)")
    machine.add_argument("--devices", metavar="NAME,…", help="cpu, cuda:0,cuda:1 … (default: all GPUs, or the CPU)")
    machine.add_argument("--batch-size", type=whole(1), metavar="B", help="answers at a time (default: 64; GPU: 1024)")


def run(options: Namespace) -> int:
    """Run the command and return its exit code.

    Raises:
        ValueError: Whatever a user can get wrong.
    """
    from searchformer.improvement_config import ImprovementConfig  # noqa: PLC0415  (torch: two seconds)

    asked = {"max_steps": options.steps, "learning_rate": options.learning_rate}
    config = ImprovementConfig(
        mode=options.mode,
        num_rounds=options.rounds,
        num_samples=options.samples,
        temperature=options.temperature,
        num_problems=options.problems,
        num_evaluated=options.evaluate,
        filters=tuple(options.filter),
        seed=options.seed,
        training=dict(options.set) | {name: value for name, value in asked.items() if value is not None},
    )
    try:
        found = _improved(options, config, _machine(options))
    except _StoppedError as stopped:
        sys.stderr.write(f"\n{PROGRAM}: {stopped}; what is done stays in {options.out}: go on with --resume\n")
        return INTERRUPTED if stopped.interrupted else FAILED
    return _told(options, found)


class _StoppedError(Exception):
    """The work has come to an end before its time: why, and whether someone wanted it."""

    def __init__(self, sentence: str, *, interrupted: bool = False) -> None:
        super().__init__(sentence)
        self.interrupted = interrupted


def _improved(options: Namespace, config: "ImprovementConfig", machine: "Machine") -> "Improvement":
    import torch  # noqa: PLC0415  (as above)

    from data.executors import WorkerDied  # noqa: PLC0415
    from searchformer.improvement import improve  # noqa: PLC0415
    from searchformer.improvement_config import ImprovementStopped  # noqa: PLC0415

    words = shlex.join(["searchformer", "improve", *sys.argv[2:]])
    try:
        return improve(
            options.checkpoint,
            options.data,
            options.out,
            config,
            machine=machine,
            resume=options.resume,
            command=words,
            narrator=Narrator(),
        )
    except KeyboardInterrupt:
        raise _StoppedError("interrupted", interrupted=True) from None
    except ImprovementStopped as stopped:
        raise _StoppedError(str(stopped), interrupted=stopped.interrupted) from stopped
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _StoppedError(f"out of memory: lower --batch-size (now {machine.batch_size})") from error
    except (WorkerDied, OSError) as error:
        raise _StoppedError(str(error)) from error


def _machine(options: Namespace) -> "Machine":
    import torch  # noqa: PLC0415  (as above)

    from searchformer.improvement_config import Machine  # noqa: PLC0415

    devices = options.devices.split(",") if options.devices else []
    devices = devices or [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]
    for name in devices:
        try:
            torch.empty(0, device=name)
        except (RuntimeError, AssertionError) as error:  # torch raises either for what is unknown or not there
            raise ValueError(f"--devices {name} is not possible here: {str(error).splitlines()[0]}") from None
    answers = options.batch_size or (64 if "cpu" in devices else 1024)
    return Machine(options.workers or len(devices), tuple(devices), answers)


def _told(options: Namespace, found: "Improvement") -> int:
    """Write what came of it, and return the exit code."""
    from searchformer.improvement_report import table  # noqa: PLC0415  (as above)

    sys.stdout.write(table(found.rounds))
    if len(found.rounds) > 1:
        best = options.out / f"round-{found.rounds[-1].number}" / "training" / "last"
        sys.stdout.write(f"the improved checkpoint is {best}; all figures are in {options.out / 'rounds.csv'}\n")
    if found.stopped:
        sys.stderr.write(f"{PROGRAM}: {found.stopped}\n")
    return FAILED if found.stopped else DONE


class Narrator:
    """Writes progress to standard error: on a terminal a line that changes, else one now and then."""

    def __init__(self, program: str = PROGRAM) -> None:
        self._program, self._on_terminal = program, sys.stderr.isatty()
        self._stage, self._last = "", 0.0

    def begin(self, stage: str) -> None:
        """Write what begins."""
        self._stage, self._last = stage, time.monotonic()
        self.note(stage)

    def update(self, step: int, max_steps: int, words: str) -> None:
        """Write how far the stage is, if the last time was long ago."""
        now = time.monotonic()
        if now - self._last < (_REDRAW_S if self._on_terminal else _LINE_S):
            return
        self._last = now
        text = f"{self._program}: {self._stage}: {step:,} of {max_steps:,}, {words}"
        sys.stderr.write(f"\r\x1b[K{text}" if self._on_terminal else f"{text}\n")
        sys.stderr.flush()

    def note(self, words: str) -> None:
        """Write a line that stays."""
        self.close()
        sys.stderr.write(f"{self._program}: {words}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Leave nothing behind but lines."""
        if self._on_terminal:
            sys.stderr.write("\r\x1b[K")


def _real(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text!r} is not possible: give a number above 0")
    return number


def _setting(text: str) -> tuple[str, Any]:
    """Return name and value of NAME=VALUE, the value as YAML has it."""
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415  (it has no types; 20 ms)

    name, equals, value = text.partition("=")
    try:
        content = yaml.safe_load(value)
    except yaml.YAMLError:
        content = value
    if not name or not equals:
        raise ArgumentTypeError(f"{text!r} is no setting: write NAME=VALUE, such as optimizer=muon")
    return name, content
