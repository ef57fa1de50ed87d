"""What a card must say: everything that is known of a checkpoint, and that the rest is not known."""

from pathlib import Path
from typing import Any

from data.tokens import TokenFormat
from planning.domains import DOMAINS
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
        "| slow | 1000 | 1 | strict solved | 0.974 | 0.962 to 0.982 |\n",
        "| slow | 1000 | 1 | trace_tokens | 112.5 | 110 to 115 |\n",
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
    assert "Learned" not in said


def test_kinds_of_networks_are_told_apart() -> None:
    assert "- network: decoder, " in text({}, num_encoder_layers=0)
    assert "1 + 1 layers, gone through 3 times" in text({}, num_loops=3)
    assert "plans alone: it answers without thinking" in text({"mode": "plan"})
    assert "- data of friends\n" in text({"data": "data of friends"})


def test_no_fact_breaks_the_card(tmp_path: Path) -> None:
    """A fact is one line and one cell, whatever is in it."""
    hostile = "a|b\n\n# not a heading\n| x |"
    report = {"mode": hostile, "n": 1, "strict": {hostile: {"value": 1, "low": None, "high": "?"}}}
    said = text(
        {hostile: hostile, "mode": hostile, "command": hostile, "data": {hostile: 1}, "evaluations": [report, "no"]}
    )
    headings = [line for line in said.splitlines() if line.startswith("#")]
    assert len(headings) == 6
    rows = [line for line in said.splitlines() if line.startswith("|")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [7, 7, 7]
