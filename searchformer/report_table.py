"""A report as text: one screen, and failures as one reads them."""

from collections.abc import Iterator

from searchformer.metrics import NOTHING, Figure
from searchformer.report import Bucket, Failure, Report, named

_NAME = 22


def table(report: Report) -> str:
    """Return the report on one screen."""
    samples = "one sample each" if report.num_samples == 1 else f"{report.num_samples} samples each"
    lines = [f"{report.n:,} problems, {samples}, mode {report.mode}; intervals of 95 %", "", *_both(report), ""]
    others = {"finished (eos)": report.finished, "trace valid": report.trace_validity.valid}
    others |= {"trace tokens": report.trace_tokens, "answer tokens": report.answer_tokens}
    lines += [f"{name:<{_NAME}}{_figure(figure, name)}" for name, figure in others.items() if figure != NOTHING]
    lines += _difficulty("states of the best plan", report.by_plan_length)
    lines += _difficulty("tokens of A*'s trace", report.by_trace_tokens)
    for what, faults in (("plans", report.faults), ("traces", report.trace_validity.first_violations)):
        if faults:
            lines += ["", f"what {what} break first: " + ", ".join(f"{rule} {num:,}" for rule, num in faults.items())]
    lines += ["", f"{report.num_tokens:,} tokens in {report.seconds:,.1f} s: {report.tokens_per_s:,.0f} tokens/s"]
    return "\n".join(lines) + "\n"


def failure_text(failure: Failure) -> str:
    """Return a failure as one reads it."""
    lines = [failure.problem, f"cost of a best plan: {failure.optimal_cost}", f"written: {failure.answer}"]
    lines.append(f"the plan: {failure.violation}")
    if failure.trace_violation:
        lines.append(f"the trace: {failure.trace_violation}")
    return "\n".join(lines) + "\n"


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
