"""Improvement by own samples (Searchformer, arXiv 2402.14083, §3): a network learns from its shortest right answers.

A round samples answers to training problems, verifies them, keeps the shortest optimal ones, fine-tunes on these, and
is measured on problems that are held out. What is complete of it is on disk, and is not done again:

    improvement.json        what was asked for, and the sha256 of the weights and the data it began with
    rounds.csv, rounds.png  all rounds
    round-0/                the beginning: round.json, evaluation.json
    round-1/samples/        a file for each part
            data/           the data set that is learned from (`data.derived`)
            training/       as `searchformer train` leaves it; the network is in training/last
            evaluation.json, round.json
    round-2/ …
"""

import json
import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from data import derived
from data import manifest as manifests
from data.executors import EXECUTORS
from searchformer import improvement_report as reports
from searchformer import modes
from searchformer.cases import Case, recorded_cases
from searchformer.checkpoint import Checkpoint, load
from searchformer.evaluation import EvaluationSettings, evaluate, weights_sha256
from searchformer.improvement_config import (
    ImprovementConfig,
    ImprovementStopped,
    Machine,
    Narrator,
    Unheard,
    fine_tuning,
)
from searchformer.improvement_data import Suited, check_apart, suited
from searchformer.improvement_report import Round, Sampled
from searchformer.improvement_sampling import Part, Sampling, Work, at_work, known_part
from searchformer.partial_results import PartialResults
from searchformer.progress import duration

ASKED: Final = "improvement.json"
SCHEMA: Final = 1
_ANSWERS_A_PART: Final = 2048


@dataclass(frozen=True, slots=True)
class Improvement:
    """The rounds that are complete, the beginning first; and why there are no more of them, unless all were done."""

    rounds: tuple[Round, ...]
    stopped: str | None


def improve(
    checkpoint: str,
    data: Path | str,
    out: Path | str,
    config: ImprovementConfig | None = None,
    *,
    machine: Machine | None = None,
    resume: bool = False,
    command: str = "",
    narrator: Narrator | None = None,
) -> Improvement:
    """Improve a checkpoint round by round.

    Args:
        checkpoint: Where it is, or "default".
        data: A data set of its domain and size: its training examples are answered and learned, its test examples
            are measured on.
        out: A new directory, or to resume that of an earlier run.
        config: What is asked for; the defaults unless given.
        machine: Who does the work.
        resume: Go on with what an earlier run has left; it may be asked for more rounds.
        command: How it was started, for the record.
        narrator: Where progress is shown.

    Raises:
        ValueError: The checkpoint, the data, a setting or the directory makes no sense.
        OSError: The disk is full, or cannot be written: what is done stays.
        ImprovementStopped: A fine-tuning was interrupted, or has failed.
    """
    run = _Run(checkpoint, Path(data), Path(out), config or ImprovementConfig())
    run.machine, run.narrator, run.command = machine or run.machine, narrator or run.narrator, command
    run.prepare(resume)
    rounds = [run.beginning()]
    run.report(rounds)
    for number in range(1, run.config.num_rounds + 1):
        done = run.round(number)
        if done is None:
            return Improvement(tuple(rounds), run.no_improvement(number))
        rounds.append(done)
        run.report(rounds)
    return Improvement(tuple(rounds), None)


class _Run:
    """One improvement under way."""

    def __init__(self, start: str, data: Path, out: Path, config: ImprovementConfig) -> None:
        self.start, self.data, self.out, self.config = start, data, out, config
        self.machine, self.command = Machine(), ""
        self.narrator: Narrator = Unheard()
        self.suited: Suited
        self.cases: list[Case]

    def prepare(self, resume: bool) -> None:
        """Look at everything before anything is begun, and write down what was asked for."""
        checkpoint = load(self.start)
        fine_tuning(checkpoint, self.config, self.machine, 1)
        self.narrator.begin("looking at the data set")
        self.suited = suited(self.data, checkpoint)
        modes.check(checkpoint.facts, self.config.mode)
        wanted = self.config.num_problems
        if wanted is not None and wanted > self.suited.num_train:
            raise ValueError(f"{wanted:,} problems are asked for, and {self.data} has {self.suited.num_train:,}")
        self.cases = recorded_cases(checkpoint.token_format, self.data, "test", self.config.num_evaluated)
        asked = {
            "schema": SCHEMA,
            "checkpoint": weights_sha256(checkpoint.network),
            "data": self.suited.sha256,
            **{name: value for name, value in asdict(self.config).items() if name != "num_rounds"},
        }
        self.claim(json.loads(json.dumps(asked)), resume)

    def claim(self, asked: dict[str, Any], resume: bool) -> None:
        """Make the directory, or make sure that it holds what is asked for."""
        file = self.out / ASKED
        if not file.exists():
            if self.out.exists() and not self.out.is_dir():
                raise ValueError(f"{self.out} is a file: --out wants a directory")
            self.out.mkdir(parents=True, exist_ok=True)
            if any(not each.name.startswith(manifests.TEMPORARY) for each in self.out.iterdir()):
                raise ValueError(f"{self.out} is not empty: take another directory")
            manifests.write_whole(file, (json.dumps(asked, indent=1) + "\n").encode())
            return
        if not resume:
            raise ValueError(f"{self.out} holds an improvement: go on with it by --resume, or take another directory")
        known = json.loads(file.read_bytes())
        for name in dict.fromkeys((*known, *asked)):
            if known.get(name) != asked.get(name):
                was, now = json.dumps(known.get(name)), json.dumps(asked.get(name))
                raise ValueError(f"{self.out} was begun with {name} {was}, and cannot go on with {now}")

    def beginning(self) -> Round:
        """Return what the checkpoint can do before it is improved."""
        self.place(0).mkdir(exist_ok=True)
        return self.measured(0, None)

    def round(self, number: int) -> Round | None:
        """Do what is missing of a round; return None where no problem has a shorter answer."""
        place = self.place(number)
        if (place / "round.json").exists():
            return reports.load(place / "round.json")
        (place / "samples").mkdir(parents=True, exist_ok=True)
        parts, sampled = self.sampled(number)
        if not sampled.improved:
            return None
        self.written(number, parts)
        check_apart(place / "data", self.suited.held_out)
        self.learned(number)
        return self.measured(number, sampled)

    def place(self, number: int) -> Path:
        """Return the directory of a round."""
        return self.out / f"round-{number}"

    def network(self, number: int) -> str:
        """Return where the network is that a round has made; round 0 is the beginning."""
        return str(self.place(number) / "training" / "last") if number else self.start

    def source(self, number: int) -> Path:
        """Return the data set that a round has made."""
        return self.place(number) / "data" if number else self.data

    def examples(self, number: int) -> Any:
        """Return the numbers of the problems of a round, in the data set of the round before."""
        wanted, num = self.config.num_problems, self.suited.num_train
        if number > 1 or wanted is None:
            return np.arange(num if wanted is None else wanted)
        return np.arange(wanted) * num // wanted

    def works(self, number: int) -> list[Work]:
        """Return the parts of a round's sampling."""
        config, machine, examples = self.config, self.machine, self.examples(number)
        sampling = Sampling(config.num_samples, config.temperature, config.filters, config.seed, number, config.mode)
        size = max(1, _ANSWERS_A_PART // config.num_samples)
        return [
            Work(
                file=self.place(number) / "samples" / f"part-{index:05d}.npz",
                data=self.source(number - 1),
                examples=examples[index * size : (index + 1) * size],
                checkpoint=self.network(number - 1),
                device=machine.devices[index % len(machine.devices)],
                batch_size=machine.batch_size,
                sampling=sampling,
            )
            for index in range(-(-len(examples) // size))
        ]

    def sampled(self, number: int) -> tuple[list[Part], Sampled]:
        """Sample what is missing; return all parts."""
        works, workers = self.works(number), self.machine.workers
        parts = {work.file: known_part(work) for work in works}
        missing = [work for work in works if parts[work.file] is None]
        started = time.perf_counter()
        made = self.made(missing, f"round {number}, sampling") if missing else []
        parts |= {work.file: part for work, part in zip(missing, made, strict=True)}
        waited = workers * (time.perf_counter() - started) - sum(part.seconds for part in made)
        whole = [part for part in parts.values() if part is not None]
        return whole, reports.sampled_of(whole, self.config.num_samples, max(0.0, waited) if missing else 0.0)

    def made(self, works: Sequence[Work], stage: str) -> list[Part]:
        """Sample parts, shared out among the workers."""
        self.narrator.begin(stage)
        total, made, started = sum(len(work.examples) for work in works), list[Part](), time.perf_counter()
        executor, left = EXECUTORS["serial" if self.machine.workers == 1 else "processes"], iter(works)
        results = executor(self.machine.workers, at_work, lambda: next(left, None), lambda question: question)
        with closing(results):
            for part in results:
                made.append(part)
                done = sum(len(each.examples) for each in made)
                self.narrator.update(done, total, _pace(done, total, time.perf_counter() - started, "problems"))
        return made

    def written(self, number: int, parts: Sequence[Part]) -> None:
        """Write the data set of a round, unless it is there."""
        if self.source(number).exists():
            return
        answers = {
            int(example): part.answers[i]
            for part in parts
            for i, example in enumerate(part.examples)
            if part.answers.given[i]
        }
        before = load(self.network(number - 1))
        derived.derive(
            self.source(number - 1),
            self.source(number),
            examples=self.examples(number),
            answers=answers,
            token_format=before.token_format,
            model=weights_sha256(before.network),
        )

    def learned(self, number: int) -> None:
        """Fine-tune the network of the round before, or go on with that."""
        place = self.place(number) / "training"
        if (place / "last").exists():
            return
        from searchformer.training import TrainingStopped, train  # noqa: PLC0415  (lightning: five seconds)

        can_resume = (place / "last.ckpt").exists()
        if not can_resume:  # stopped before its first checkpoint
            shutil.rmtree(place, ignore_errors=True)
        before = load(self.network(number - 1))
        self.narrator.begin(f"round {number}, learning")
        try:
            train(
                fine_tuning(before, self.config, self.machine, number),
                self.source(number),
                place,
                resume=can_resume,
                initial=before,
                command=self.command,
                display=self.narrator,
            )
        except TrainingStopped as stopped:
            sentence = f"in the fine-tuning of round {number}: {stopped}"
            raise ImprovementStopped(sentence, interrupted=stopped.interrupted) from stopped

    def measured(self, number: int, sampled: Sampled | None) -> Round:
        """Evaluate the network of a round, unless that is done, and write the round down."""
        place = self.place(number)
        if (place / "round.json").exists():
            return reports.load(place / "round.json")
        checkpoint = load(self.network(number), self.machine.devices[0])
        report, started = self.evaluated(place, checkpoint, f"round {number}, measuring"), checkpoint.facts
        done = Round(
            number=number,
            model=weights_sha256(checkpoint.network),
            data=manifests.load(self.source(number)).sha256 if number else None,
            sampled=sampled,
            steps=int(started["steps"]) if number else 0,
            learned_tokens=int(started["num_tokens_learned"]) if number else 0,
            learned_s=float(started["training_seconds"]) if number else 0.0,
            **reports.figures_of(report),
        )
        reports.save(place / "round.json", done)
        return done

    def evaluated(self, place: Path, checkpoint: Checkpoint, stage: str) -> Any:
        """Return the report of an evaluation on held-out problems: one greedy answer to each.

        It thinks, or where it is to learn when to think, it may choose.
        """
        settings = EvaluationSettings(
            mode="slow" if self.config.mode == "slow" else "auto",
            batch_size=self.machine.batch_size,
            seed=self.config.seed,
            heuristic=manifests.load(self.data).settings.heuristic,
        )
        file = place / "evaluation.json"
        about = {"checkpoint": {"sha256": weights_sha256(checkpoint.network)}, "settings": settings.as_json()}
        self.narrator.begin(stage)
        started = time.perf_counter()

        def note(done: int, total: int) -> None:
            self.narrator.update(done, total, _pace(done, total, time.perf_counter() - started, "problems"))

        with PartialResults(file, about, resume=True) as kept:
            report = evaluate(
                checkpoint.network,
                checkpoint.token_format,
                self.cases,
                settings,
                known=kept.known,
                on_measured=kept.append,
                on_progress=note,
            )
            manifests.write_whole(file, (json.dumps(report.as_json(about), indent=1) + "\n").encode())
            kept.discard()
        return report

    def report(self, rounds: Sequence[Round]) -> None:
        """Write what there is of all rounds."""
        reports.write_table(self.out, rounds)
        if find_spec("matplotlib") is not None:
            reports.draw(self.out / reports.PICTURE, {"": rounds})

    def no_improvement(self, number: int) -> str:
        """Return why there is no further round."""
        config = self.config
        num = len(self.examples(number))
        filters = f" that pass {', '.join(config.filters)}" if config.filters else ""
        return (
            f"round {number} has no shorter optimal answer{filters} to any of {num:,} problems among "
            f"{config.num_samples} samples of each: the improvement ends here; more --samples or a higher "
            "--temperature may find some"
        )


def _pace(done: int, total: int, seconds: float, what: str) -> str:
    if not done or seconds <= 0:
        return what
    return f"{what}, {done / seconds:,.1f}/s, {duration((total - done) * seconds / done)} left"
