"""One search as words, or as events."""

from typing import Any

from data.tokens import MAX_WORDS, format_for
from planning.domain import Domain
from planning.traces import Traces
from solvers.search import CREATE


def trace_words(domain: Domain[Any, Any], traces: Traces) -> str:
    """Return prompt and target of one search in the format of Searchformer, a line each.

    Raises:
        ValueError: There are more different costs than a vocabulary can have words.
    """
    most = max(int(traces.g.max()), int(traces.h.max()))
    if most >= MAX_WORDS // 2:
        remedy = "; --domain maze has whole numbers" if domain.name == "octile" else ""
        raise ValueError(
            f"costs of this search go up to {most:,}, too many to have a word each: take --trace json{remedy}"
        )
    token_format = format_for(domain, domain.problem(traces.codes.tolist()), "paper", most)
    lines = token_format.prompt_words(traces, 0), token_format.target_words(traces, 0)
    return "".join(" ".join(words) + "\n" for words in lines)


def trace_events(traces: Traces) -> list[dict[str, Any]]:
    """Return the events of one search as objects; a state is given as its codes."""
    columns = (traces.kinds.tolist(), traces.states.tolist(), traces.g.tolist(), traces.h.tolist())
    return [
        {"event": "create" if kind == CREATE else "close", "state": state, "g": g, "h": h}
        for kind, state, g, h in zip(*columns, strict=True)
    ]
