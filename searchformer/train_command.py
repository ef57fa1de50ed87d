"""`searchformer train`: settings from a preset or a file, overridden one by one; then a training."""

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from searchformer.cli import DONE, FAILED, INTERRUPTED, Parser, UsageError, set_log_level
from searchformer.training_config import KINDS, TrainingConfig, config_from, preset_names, preset_text

if TYPE_CHECKING:
    from searchformer.checkpoint import Checkpoint

PROGRAM: Final = "searchformer train"
DESCRIPTION = """\
Train a network on a data set that `twofold traces` made. Settings come from a preset or a YAML file; each can be
overridden by its name. The directory gets the settings, figures (metrics.csv), checkpoints to resume from, and two
networks for `searchformer evaluate` and `searchformer solve`: best/ and last/.
"""
EPILOG = """\
presets: {presets}

examples:
  twofold traces maze --num 100000 --size 6 --seed 1 --out runs/maze6
  searchformer train --config maze-6-tiny --data runs/maze6 --out runs/tiny
  searchformer train --config maze-6-tiny --data runs/maze6 --out runs/short --max_steps 500 --learning_rate 1e-3
  searchformer train --config maze-6-tiny --data runs/maze6 --out runs/plans --mode plan
  searchformer train --config my.yaml --data runs/maze6 --out runs/try --smoke
  searchformer train --resume --out runs/tiny
  searchformer train --init runs/tiny/best --data runs/more --out runs/more-tiny --max_steps 500 --learning_rate 2e-4
  searchformer train --config maze-30-15m --print_config

exit codes:
  0    the training is complete
  1    it ended early: a loss that is not finite, no memory, or a full disk; what was saved stays
  2    bad usage or input
  130  interrupted: what is done is saved, and --resume goes on
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(_spelled(arguments))
    if rest:
        raise UsageError(PROGRAM, _left_over(rest))
    set_log_level(options.verbose)
    overrides = {name: getattr(options, name) for name in KINDS if hasattr(options, name)}
    if options.print_config:
        sys.stdout.write(_text_of(_settings(options, overrides)))
        return DONE
    if options.out is None:
        raise UsageError(PROGRAM, "--out is missing: the directory that gets the network and the figures")
    return _train(options, overrides)


def _train(options: argparse.Namespace, overrides: Mapping[str, Any]) -> int:
    """Train, and say how it ended."""
    settings, data = _settings(options, overrides), options.data
    if data is None:
        data = _data_of_training(options.out) if options.resume else None
    if data is None:
        raise UsageError(PROGRAM, _no_data(settings))
    from searchformer import progress  # noqa: PLC0415
    from searchformer.run_record import is_first  # noqa: PLC0415
    from searchformer.training import TrainingStopped, smoke, train  # noqa: PLC0415  (lightning: five seconds)

    command = shlex.join(["searchformer", "train", *_words(options, overrides, data)])
    chosen, initial = smoke(settings) if options.smoke else settings, None
    if options.init is not None:
        chosen, initial = _from_checkpoint(options, chosen, overrides)
    display = progress.display() if is_first() else progress.Silent()
    try:
        done = train(
            chosen, data, options.out, resume=options.resume, initial=initial, command=command, display=display
        )
    except TrainingStopped as stopped:
        sys.stderr.write(f"{PROGRAM}: {stopped}\n")
        return INTERRUPTED if stopped.interrupted else FAILED
    if not is_first():
        return DONE
    optimal = f", best {done.best['val_optimal']:.1%} solved optimally" if "val_optimal" in done.best else ""
    name = "best" if done.best else "last"
    sys.stdout.write(
        f"{done.steps:,} steps, {done.num_tokens:,} tokens in {progress.duration(done.seconds)}{optimal}\n"
        f"in {options.out}\n"
        f"look at `searchformer evaluate --checkpoint {options.out / name} --data {data}`\n"
    )
    return DONE


def _from_checkpoint(
    options: argparse.Namespace, settings: TrainingConfig, overrides: Mapping[str, Any]
) -> "tuple[TrainingConfig, Checkpoint]":
    """Return the checkpoint to go on from, and the settings with its network and its words, unless overridden."""
    from searchformer.checkpoint import load  # noqa: PLC0415  (torch: two seconds)
    from searchformer.initial import settings_of  # noqa: PLC0415

    if options.resume:
        raise ValueError("--init begins a new training, and --resume goes on with one: give one of them")
    checkpoint = load(options.init)
    return replace(settings, **{**settings_of(checkpoint), **overrides}), checkpoint


def _settings(options: argparse.Namespace, overrides: Mapping[str, Any]) -> TrainingConfig:
    import yaml  # type: ignore[import-untyped]  # noqa: PLC0415  (it has no types; 20 ms)

    if options.config is None and options.resume and options.out is not None:
        text, name = _text_of_training(options.out), str(options.out)
    elif options.config is None:
        text, name = "", "defaults"
    elif Path(options.config).suffix in (".yaml", ".yml") or Path(options.config).is_file():
        text, name = Path(options.config).read_text(encoding="utf-8"), options.config
    else:
        return replace(_read(yaml, preset_text(options.config), options.config), **overrides)
    return replace(_read(yaml, text, name), **overrides)


def _read(yaml: Any, text: str, name: str) -> TrainingConfig:
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{name} is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{name} holds no settings: they are written as `name: value`, a line each")
    try:
        return config_from(content)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _text_of_training(out: Path) -> str:
    file = out / "config.yaml"
    if not file.exists():
        raise ValueError(f"there is no training in {out} to resume: it has no {file.name}")
    return file.read_text(encoding="utf-8")


def _data_of_training(out: Path) -> Path:
    import json  # noqa: PLC0415

    return Path(json.loads((out / "run.json").read_bytes())["data"])


def _text_of(settings: TrainingConfig) -> str:
    from dataclasses import asdict  # noqa: PLC0415

    import yaml  # noqa: PLC0415

    return str(yaml.safe_dump(asdict(settings), sort_keys=False, allow_unicode=True))


def _no_data(settings: TrainingConfig) -> str:
    if settings.traces is None:
        return "--data is missing: a data set that `twofold traces` made"
    place = f"runs/{settings.traces.domain}{settings.traces.size}"
    return f"--data is missing: make it by `{settings.traces.command(place)}`, then add `--data {place}`"


def _words(options: argparse.Namespace, overrides: Mapping[str, Any], data: Path) -> list[str]:
    """Return the options as they can be given again."""
    words = ["--config", options.config] if options.config else []
    words += ["--data", str(data), "--out", str(options.out)]
    words += ["--init", options.init] if options.init else []
    words += ["--resume"] * options.resume + ["--smoke"] * options.smoke
    for name, value in overrides.items():
        words += [f"--{name}", "none" if value is None else str(value).lower() if KINDS[name] is bool else str(value)]
    return words


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description=DESCRIPTION,
        epilog=EPILOG.format(presets=", ".join(preset_names())),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE.yaml|PRESET", help="the settings (default: the defaults below)")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data set")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the directory of the training")
    parser.add_argument("--resume", action="store_true", help="go on with the training in --out")
    parser.add_argument(
        "--init", metavar="default|DIR", help="begin with the weights of a checkpoint; it decides network and words"
    )
    parser.add_argument("--smoke", action="store_true", help="six steps and two validations: does it all work?")
    parser.add_argument("--print_config", action="store_true", help="print all settings as YAML and leave")
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say what happens; twice: everything")
    group = parser.add_argument_group("settings, each overrides that of --config")
    for each in fields(TrainingConfig):
        kind = KINDS[each.name]
        if each.name == "traces":  # says which data set is meant; it decides nothing
            continue
        default = "" if each.default is None else f" (default: {each.default})".replace("%", "%%")
        group.add_argument(
            f"--{each.name}",
            type=_reader(each.name, kind, each.default is None),
            metavar="{" + ",".join(each.metadata["choices"]) + "}" if each.metadata["choices"] else _METAVARS[kind],
            default=argparse.SUPPRESS,
            nargs="?" if kind is bool else None,
            const=True if kind is bool else None,
            help=each.metadata["meaning"].replace("%", "%%") + default,
        )
    return parser


_METAVARS = {bool: "true|false", int: "N", float: "X", str: "NAME"}


def _reader(name: str, kind: type, optional: bool) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if optional and text.casefold() in ("none", "null"):
            return None
        try:
            return {"true": True, "false": False}[text.casefold()] if kind is bool else kind(text)
        except (KeyError, ValueError):
            raise argparse.ArgumentTypeError(f"{text!r} is not possible: {name} is {_CALLED[kind]}") from None

    return read


_CALLED = {bool: "true or false", int: "a whole number", float: "a number", str: "a name"}


def _spelled(arguments: Sequence[str]) -> list[str]:
    """Return the words with `-` in the names of options as `_`, so that both are good."""
    spelled = []
    for word in arguments:
        name, sign, value = word.partition("=")
        spelled.append(f"--{name[2:].replace('-', '_')}{sign}{value}" if word.startswith("--") else word)
    return spelled


def _left_over(rest: Sequence[str]) -> str:
    from solvers import registry  # noqa: PLC0415

    option = next((word for word in rest if word.startswith("-")), None)
    if option is None:
        return f"there is no place for {rest[0]!r}"
    names = ("config", "data", "out", "resume", "init", "smoke", "print_config", "verbose", *KINDS)
    return registry.unknown("option", option.partition("=")[0], [f"--{name}" for name in names])
