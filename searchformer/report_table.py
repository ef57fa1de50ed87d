"""A report as text: one screen, and failures as one reads them."""

from collections.abc import Iterator, Mapping, Sequence

from searchformer.metrics import NOTHING, Figure
from searchformer.report import Bucket, Deciding, Failure, Report, named

_NAME, _FIGURE = 22, 32
_TRACES = "traces"


def table(report: Report) -> str:
    """Return the report on one screen."""
    lines = [f"{_asked(report)}, mode {report.mode}; intervals of 95 %", "", *_both(report), ""]
    lines += [*_figures([_others(report)]), *_deciding(report.deciding)]
    lines += _difficulty("states of the best plan", report.by_plan_length)
    lines += _difficulty("tokens of A*'s trace", report.by_trace_tokens)
    for what, faults in (("plans", report.faults), ("traces", report.trace_validity.first_violations)):
        if faults:
            lines += ["", f"what {what} break first: " + ", ".join(f"{rule} {num:,}" for rule, num in faults.items())]
    lines += ["", f"{report.num_tokens:,} tokens in {report.seconds:,.1f} s: {report.tokens_per_s:,.0f} tokens/s"]
    return "\n".join(lines) + "\n"


def comparison(reports: Sequence[Report]) -> str:
    """Return reports of one network on the same problems, in several modes, side by side."""
    lines = [f"{_asked(reports[0])}; strict, intervals of 95 %", ""]
    columns = [{**dict(named(report.strict)), **_others(report)} for report in reports]
    lines += [_row("", [f"{report.mode:>8}" for report in reports]), *_figures(columns)]
    lines.append(_row("all tokens", [f"{report.num_tokens:>8,}" for report in reports]))
    lines.append(_row("seconds", [f"{report.seconds:>8,.1f}" for report in reports]))
    lines.append(_row("tokens/s", [f"{report.tokens_per_s:>8,.0f}" for report in reports]))
    lines += [line for report in reports for line in _deciding(report.deciding)]
    return "\n".join(lines) + "\n"


def failure_text(failure: Failure) -> str:
    """Return a failure as one reads it."""
    lines = [failure.problem, f"cost of a best plan: {failure.optimal_cost}", f"written: {failure.answer}"]
    lines.append(f"the plan: {failure.violation}")
    if failure.trace_violation:
        lines.append(f"the trace: {failure.trace_violation}")
    return "\n".join(lines) + "\n"


def _asked(report: Report) -> str:
    samples = "one sample each" if report.num_samples == 1 else f"{report.num_samples} samples each"
    return f"{report.n:,} problems, {samples}"


def _others(report: Report) -> Mapping[str, Figure]:
    """Return what is told of answers and traces, whatever their plans are worth."""
    validity = report.trace_validity
    forms = {f"{_TRACES} {form.replace('_', ' ')}": share for form, share in validity.forms.items()}
    return {
        "finished (eos)": report.finished,
        **forms,
        "full traces valid": validity.valid,
        "trace tokens": report.trace_tokens,
        "answer tokens": report.answer_tokens,
    }


def _figures(columns: Sequence[Mapping[str, Figure]]) -> Iterator[str]:
    """Yield a row for each name; none where there is nothing to tell, or nobody writes traces so."""
    for name in columns[0]:
        figures = [column[name] for column in columns]
        if any(figure != NOTHING and (figure.value or not name.startswith(_TRACES)) for figure in figures):
            yield _row(name, [_figure(figure, name) for figure in figures])


def _deciding(deciding: Deciding | None) -> Iterator[str]:
    if deciding is None:
        return
    yield from ("", f"whether auto thinks rightly, against its greedy fast answers: {_with_ends(deciding.right)}")
    yield _row("", ["fast fails", "fast is optimal"])
    for did in ("thought", "at_once"):
        cells = [deciding.cells[f"{did}_where_fast_{what}"] for what in ("fails", "is_optimal")]
        yield _row(did.replace("_", " "), [f"{num:,}: {_with_ends(each)}" for num, each in cells])


def _with_ends(figure: Figure) -> str:
    if figure.low is None:
        return "–"
    return f"{_percent(figure.value)} ({_percent(figure.low)} to {_percent(figure.high)})"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{_NAME}}{''.join(f'{cell:<{_FIGURE}}' for cell in cells)}".rstrip()


def _both(report: Report) -> Iterator[str]:
    yield f"{'':<{_NAME}}{'strict':>8}  {'interval':<19}{'lenient':>8}  interval"
    lenient = dict(named(report.lenient))
    for name, figure in named(report.strict):
        if figure != NOTHING or lenient[name] != NOTHING:
            yield f"{name:<{_NAME}}{_figure(figure, name):<29}{_figure(lenient[name], name)}"


def _difficulty(what: str, buckets: tuple[Bucket, ...]) -> list[str]:
    ranges = [f"{each.least}" if each.least == each.most else f"{each.least}–{each.most}" for each in buckets]
    figures = [f"{_percent(each.optimal.value)} ({each.n:,})" for each in buckets]
    parts = [f"{which}: {figure}" for which, figure in zip(ranges, figures, strict=True)]
    return ["", f"optimal (problems) by {what}", "  " + "   ".join(parts)]


def _figure(figure: Figure, name: str) -> str:
    """Return value and interval in 8 + 2 + 17 places, shares as per cent."""
    if figure.value is None or figure.low is None or figure.high is None:
        return f"{'–':>8}"
    is_share = not (name.startswith(("ilr", "distinct")) or name.endswith("tokens"))
    shown = _percent if is_share else (lambda value: f"{value:,.2f}")
    return f"{shown(figure.value):>8}  {shown(figure.low)} to {shown(figure.high)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
