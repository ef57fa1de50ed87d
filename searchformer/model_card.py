"""The card of a checkpoint: what it is, how it was trained, on what, how good it is, and what it cannot do."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.tokens import TokenFormat
from searchformer import modes
from searchformer.dropping import CREATE_SHARE, mix_named
from searchformer.transformer import Transformer

_TRAINED_ON = {
    "trace": "searches with their plans: it thinks (writes a search) before it answers",
    "plan": "plans alone: it answers without thinking",
}
_LEVELS = (
    "whole searches",
    "without `close`",
    "without `close` and costs",
    f"without `close`, costs and {CREATE_SHARE:.0%} of `create`",
    "plans alone",
)
_WRITTEN_APART = ("mode", "dropping", "command", "data", "data_sha256", "evaluations", "limits")
_LIMITS = (
    "It proves nothing: whatever it writes has to be verified before it is used (`searchformer.planner` does).",
    "It reads problems of this domain and this size alone, and has learned from problems like those of its data.",
)


def card(network: Transformer, token_format: TokenFormat, facts: Mapping[str, Any]) -> str:
    """Return the card as Markdown; what the facts do not say, the card says is not known."""
    parts = (
        _what(network, token_format, facts),
        _training(facts),
        _data(token_format, facts),
        _metrics(facts),
        ["## Limits", "", *(f"- {_line(limit)}" for limit in (*_LIMITS, *_several(facts.get("limits"))))],
        _use(facts),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _what(network: Transformer, token_format: TokenFormat, facts: Mapping[str, Any]) -> list[str]:
    config = network.config
    kind = "encoder–decoder" if config.num_encoder_layers else "decoder"
    layers = f"{config.num_encoder_layers} + {config.num_decoder_layers}"
    loops = f", gone through {config.num_loops} times" if config.num_loops > 1 else ""
    shape = (
        f"{kind}, {network.num_trainable:,} trainable parameters, width {config.dim}, {layers} layers{loops}, "
        f"{config.num_heads} heads, context of {config.max_positions:,} tokens"
    )
    about = (
        "A transformer that learned to search (after Searchformer, arXiv 2402.14083). It reads a problem of the domain "
        f"{token_format.domain.name}, {token_format.width} × {token_format.height} cells, and writes a plan."
    )
    return [
        f"# Searchformer for {token_format.domain.name} {token_format.width} × {token_format.height}",
        "",
        about,
        "",
        f"- network: {shape}",
        f"- words: {len(token_format.words):,}, format {token_format.name}, costs up to {token_format.max_cost}",
        f"- trained on: {_TRAINED_ON.get(str(facts.get('mode')), _line(facts.get('mode', 'not recorded')))}",
        f"- left out of the searches, drawn anew each epoch: {_dropping(facts)}",
        f"- modes: {_modes(facts)}",
    ]


def _dropping(facts: Mapping[str, Any]) -> str:
    """Return the shares of the levels of dropping that there are."""
    if facts.get("mode") == "plan":
        return "everything"
    try:
        levels = mix_named(str(facts["dropping"])).levels
    except (KeyError, ValueError):
        return _line(facts.get("dropping", "not recorded"))
    if levels[0] == 1:
        return "nothing"
    shares = [f"{share:.1%} {what}" for share, what in zip(levels, _LEVELS, strict=True) if share]
    return f"{_line(facts['dropping'])}, that is {'; '.join(shares)}"


def _modes(facts: Mapping[str, Any]) -> str:
    known = modes.learned(facts)
    if known is None:
        return "not recorded"
    return "; ".join(f"{mode}: {modes.MODES[mode]}" for mode in known) + ("" if len(known) > 1 else "; no other one")


def _training(facts: Mapping[str, Any]) -> list[str]:
    command = facts.get("command")
    lines = ["## How it was trained", ""]
    lines += [f"    {_line(command)}", ""] if command else ["The command was not recorded.", ""]
    others = {name: value for name, value in facts.items() if name not in _WRITTEN_APART}
    return [*lines, *(f"- {_line(name)}: {_line(value)}" for name, value in others.items())]


def _data(token_format: TokenFormat, facts: Mapping[str, Any]) -> list[str]:
    data = facts.get("data")
    rows = [f"- {_line(name)}: {_line(value)}" for name, value in data.items()] if isinstance(data, Mapping) else []
    if not rows:
        rows = [f"- {_line(data)}" if data else f"- {token_format.domain.name}: the settings were not recorded"]
    return ["## Data", "", *rows, f"- sha256 of the manifest: {_line(facts.get('data_sha256', 'not recorded'))}"]


def _metrics(facts: Mapping[str, Any]) -> list[str]:
    """Return one table: a row for each figure, a column for each report."""
    lines = ["## Metrics", ""]
    reports = [report for each in _several(facts.get("evaluations")) for report in _reports(each)]
    if not reports:
        return [*lines, "Not measured yet: `searchformer evaluate` does."]
    lines += ["Intervals are of 95 %.", ""]
    heads = [_line(report.get("mode", "–")) for report in reports]
    lines += [_table_row(["mode", *heads]), "|---" * (1 + len(reports)) + "|"]
    for name, key in (("problems", "n"), ("samples", "num_samples")):
        lines.append(_table_row([name, *(_line(report.get(key, "–")) for report in reports)]))
    columns = [dict(_figures(report)) for report in reports]
    for name in dict.fromkeys(name for column in columns for name in column):
        cells = [_interval(column[name]) if name in column else "–" for column in columns]
        lines.append(_table_row([_line(name), *cells]))
    return lines


def _reports(evaluation: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the reports of one evaluation: it may be of several modes."""
    if not isinstance(evaluation, Mapping):
        return
    by_mode = evaluation.get("modes")
    parts = by_mode.values() if isinstance(by_mode, Mapping) else [evaluation]
    yield from (part for part in parts if isinstance(part, Mapping))


def _table_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _interval(figure: Mapping[str, Any]) -> str:
    value, low, high = (_number(figure.get(key)) for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _figures(report: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield all {value, low, high} in a report that are known, at any depth, with the names that lead there."""
    for name, part in report.items():
        if isinstance(part, Mapping) and "value" in part:
            if part["value"] is not None:
                yield f"{prefix}{name}", part
        elif isinstance(part, Mapping):
            yield from _figures(part, f"{prefix}{name} ")


def _use(facts: Mapping[str, Any]) -> list[str]:
    known = modes.learned(facts) or ()
    options = f" --mode {'|'.join(known)}" if len(known) > 1 else ""
    return [
        "## Use",
        "",
        f"    searchformer solve FILE --checkpoint DIR{options}",
        "",
        "`searchformer.checkpoint.load(DIR)` reads it in Python: that executes nothing, and needs no training library.",
    ]


def _line(value: Any) -> str:
    """Return a fact as one line that breaks no list and no table."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(text.split()).replace("|", "\\|")


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "–"
