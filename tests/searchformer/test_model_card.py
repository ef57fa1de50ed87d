"""What a card must say: everything that is known of a checkpoint, and that the rest is not known."""

from pathlib import Path
from typing import Any

import pytest

from data.tokens import TokenFormat
from planning.domains import DOMAINS
from searchformer import modes
from searchformer.model_card import card
from tests.searchformer.overfitted import small_network

WORDS = TokenFormat(DOMAINS["maze"], "compact", 6, 6, 40)
FACTS: dict[str, Any] = {
    "mode": "trace",
    "command": "searchformer train --config maze-6-tiny --data runs/m6",
    "steps": 1856,
    "seed": 7,
    "data": {"domain": "maze", "size": 6, "num": 100_000},
    "data_sha256": "ab" * 32,
    "limits": ["Learned from 30 to 50 % walls."],
    "evaluations": [
        {
            "n": 1000,
            "mode": "slow",
            "num_samples": 1,
            "strict": {
                "solved": {"value": 0.974, "low": 0.962, "high": 0.982},
                "3-optimal-64": {"value": None, "low": None, "high": None},
            },
            "trace_tokens": {"value": 112.5, "low": 110, "high": 115},
            "failures": [{"problem": "…"}],
        }
    ],
}


def text(facts: dict[str, Any], **options: Any) -> str:
    return card(small_network(len(WORDS.words), **options), WORDS, facts)


def test_everything_that_is_known_is_said() -> None:
    said = text(FACTS)
    for part in (
        "# Searchformer for maze 6 × 6\n",
        "- network: encoder–decoder, ",
        "width 32, 1 + 1 layers, 2 heads, context of 128 tokens",
        "format compact, costs up to 40",
        "- trained on: searches with their plans",
        "\n    searchformer train --config maze-6-tiny --data runs/m6\n",
        "- steps: 1856\n- seed: 7\n",
        "- domain: maze\n- size: 6\n- num: 100000\n",
        f"- sha256 of the manifest: {'ab' * 32}\n",
        "| mode | slow |\n|---|---|\n| problems | 1000 |\n| samples | 1 |\n",
        "| strict solved | 0.974 (0.962 to 0.982) |\n",
        "| trace_tokens | 112.5 (110 to 115) |\n",
        "- It proves nothing",
        "- Learned from 30 to 50 % walls.\n",
    ):
        assert part in said, part
    assert "3-optimal-64" not in said, "what was not measured is no figure"
    assert f"{small_network(len(WORDS.words)).num_trainable:,} trainable parameters" in said


def test_what_is_not_known_is_said_too() -> None:
    said = text({})
    for part in ("trained on: not recorded", "The command was not recorded", "manifest: not recorded", "Not measured"):
        assert part in said
    assert "the settings were not recorded" in said
    assert "drawn anew each epoch: not recorded\n- modes: not recorded\n" in said
    assert "Learned" not in said


def test_kinds_of_networks_are_told_apart() -> None:
    assert "- network: decoder, " in text({}, num_encoder_layers=0)
    assert "1 + 1 layers, gone through 3 times" in text({}, num_loops=3)
    assert "plans alone: it answers without thinking" in text({"mode": "plan"})
    assert "- data of friends\n" in text({"data": "data of friends"})


SHARES = """\
maze, that is 45.0% whole searches; 16.7% without `close`; 16.7% without `close` and costs; \
16.7% without `close`, costs and 30% of `create`; 5.0% plans alone"""


@pytest.mark.parametrize(
    ("facts", "left_out", "known"),
    [
        ({"mode": "trace", "dropping": "maze"}, SHARES, modes.IN_WORDS),
        ({"mode": "trace", "dropping": "L0"}, "nothing", "slow: think (write a search), then plan; no other one"),
        ({"mode": "plan", "dropping": "L0"}, "everything", "fast: plan at once; no other one"),
    ],
)
def test_the_card_says_what_was_left_out_and_which_modes_there_are(
    facts: dict[str, Any], left_out: str, known: str
) -> None:
    said = text(facts)
    assert f"- left out of the searches, drawn anew each epoch: {left_out}\n- modes: {known}\n" in said
    assert ("--checkpoint DIR --mode slow|fast|auto\n" in said) == (known == modes.IN_WORDS)


def test_all_modes_are_in_one_table() -> None:
    def figure(value: float) -> dict[str, float]:
        return {"value": value, "low": 0.0, "high": 1.0}

    slow = {"n": 9, "mode": "slow", "num_samples": 1, "strict": {"optimal": figure(0.5)}, "trace_tokens": figure(0.75)}
    fast = {"n": 9, "mode": "fast", "num_samples": 1, "strict": {"optimal": figure(0.25), "swc": figure(1)}}
    apart, together = [slow, fast], [{"schema": 1, "n": 9, "modes": {"slow": slow, "fast": fast}}]
    said = text(FACTS | {"evaluations": together})
    assert said == text(FACTS | {"evaluations": apart})
    assert "| mode | slow | fast |\n|---|---|---|\n| problems | 9 | 9 |\n| samples | 1 | 1 |\n" in said
    assert "| strict optimal | 0.5 (0 to 1) | 0.25 (0 to 1) |\n" in said
    assert "| trace_tokens | 0.75 (0 to 1) | – |\n" in said
    assert "| strict swc | – | 1 (0 to 1) |\n" in said


def test_no_fact_breaks_the_card(tmp_path: Path) -> None:
    """A fact is one line and one cell, whatever is in it."""
    hostile = "a|b\n\n# not a heading\n| x |"
    report = {"mode": hostile, "n": 1, "strict": {hostile: {"value": 1, "low": None, "high": "?"}}}
    said = text(
        {
            hostile: hostile,
            "mode": hostile,
            "dropping": hostile,
            "command": hostile,
            "data": {hostile: 1},
            "evaluations": [report, "no"],
        }
    )
    headings = [line for line in said.splitlines() if line.startswith("#")]
    assert len(headings) == 6
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [3] * 5
