"""What experiments with learning share: nothing that is judged was learned, all learn alike, and runs are kept."""

from argparse import ArgumentParser
from dataclasses import asdict, replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import experiment
from benchmarks.experiment import Experiment, append_line, cases_of, examples, layouts, read_lines, refuse_known
from benchmarks.training import Learning, new_network, one_thread
from data.tokens import Tokens
from planning.domains import DOMAINS
from searchformer.batches import Batch, BatchStream, Targets, WholeTargets
from searchformer.dropping import MIXES, DroppedTargets, Mix

BRIEF = Experiment(side=4, steps=2, examples_per_step=16, problems=4)
CPU = torch.device("cpu")


def tokens(num: int = 50) -> Tokens:
    return BRIEF.token_format.encode(examples(BRIEF, num, 0))


# Mazes


def test_larger_sets_hold_the_smaller_ones_and_seeds_differ() -> None:
    few, many, others = examples(BRIEF, 10, 0), examples(BRIEF, 25, 0), examples(BRIEF, 10, 1)
    assert np.array_equal(few.codes, many.select(np.arange(10)).codes)
    assert not np.array_equal(few.codes, others.codes)
    rows = [row.tobytes() for row in np.split(many.codes, many.code_offsets[1:-1])]
    assert len(set(rows)) == 25


def test_nothing_that_is_judged_has_walls_that_were_learned_from() -> None:
    drawn, cases = examples(BRIEF, 400, 0), cases_of(replace(BRIEF, problems=40))
    domain = DOMAINS["maze"]
    learned = {domain.problem(row.tolist()).terrain for row in np.split(drawn.codes, drawn.code_offsets[1:-1])}
    assert learned.isdisjoint(case.problem.terrain for case in cases)
    assert len({case.id for case in cases}) == 40
    refuse_known(layouts(drawn), cases)
    own = replace(cases[0], problem=domain.problem(drawn.codes[: drawn.code_offsets[1]].tolist()))
    with pytest.raises(AssertionError, match="walls"):
        refuse_known(layouts(drawn), [own])


def test_an_example_more_is_a_set_of_walls_more() -> None:
    assert len(layouts(examples(Experiment(), 300, 0))) >= 299


@pytest.mark.parametrize("side", [4, 5, 6])
def test_every_example_fits_the_context_and_the_words(side: int) -> None:
    sized = replace(BRIEF, side=side)
    columns = sized.token_format.encode(examples(sized, 300, 0))
    targets = WholeTargets(columns, with_trace=True).lengths(0)
    assert int(max(targets.max(), np.diff(columns.prompt_offsets).max())) <= sized.max_positions


# To learn


def mixed(columns: Tokens, name: str, seed: int = 0) -> DroppedTargets:
    return DroppedTargets(columns, BRIEF.token_format, Mix(MIXES[name]), seed)


def steps_of(columns: Tokens, targets: Targets, num_parts: int, num_steps: int) -> list[list[Batch]]:
    stream = BatchStream(columns, targets, token_budget=1, seed=0)
    return list(islice(experiment.steps(stream, 16, 7, num_parts), num_steps))


def prompts(parts: list[Batch]) -> list[list[int]]:
    """Return the prompts of a step, in an order of their own."""
    rows = [row[:length] for part in parts for row, length in zip(part.prompts, part.prompt_lengths, strict=True)]
    return sorted(row.tolist() for row in rows)


@pytest.mark.parametrize("num_parts", [1, 3])
def test_all_read_the_same_examples_in_the_same_order_whatever_is_left_out(num_parts: int) -> None:
    columns = tokens(50)
    whole = [prompts(parts) for parts in steps_of(columns, WholeTargets(columns, with_trace=True), 1, 9)]
    for name in ("maze", "L0", "L4"):
        assert [prompts(parts) for parts in steps_of(columns, mixed(columns, name), num_parts, 9)] == whole
    assert sorted(row for rows in whole[:3] for row in rows) == sorted(columns[i][0].tolist() for i in range(50))
    assert whole[:3] != whole[3:6]


def test_searches_of_like_length_come_together() -> None:
    columns = tokens(48)
    lengths = np.diff(columns.trace_offsets)
    batches = experiment.order(columns, 16, 7, 0)
    ends = sorted((int(lengths[rows].min()), int(lengths[rows].max())) for rows in batches)
    assert len(ends) == 3
    assert all(longest <= shortest for (_, longest), (shortest, _) in pairwise(ends))


def test_parts_go_from_short_targets_to_long_ones_and_hold_all() -> None:
    columns = tokens(50)
    for parts in steps_of(columns, mixed(columns, "maze"), 3, 6):
        assert sum(len(part.prompts) for part in parts) in {16, 17}
        for shorter, longer in pairwise(parts):
            assert int(shorter.target_lengths.max()) <= int(longer.target_lengths.min())
    assert len(next(iter(steps_of(tokens(2), mixed(tokens(2), "maze"), 3, 1)))) == 2


def test_what_is_left_out_is_drawn_anew_in_each_epoch() -> None:
    columns = tokens(16)
    first, second = (parts[0] for parts in steps_of(columns, mixed(columns, "maze"), 1, 2))
    assert prompts([first]) == prompts([second])
    assert sorted(first.target_lengths.tolist()) != sorted(second.target_lengths.tolist())


def test_a_step_in_parts_is_a_step() -> None:
    columns = tokens(17)
    weights, losses = [], []
    for num_parts in (1, 3):
        (parts,) = steps_of(columns, mixed(columns, "maze"), num_parts, 1)
        network = new_network("tiny", BRIEF.token_format, BRIEF.max_positions, 0)
        with one_thread():
            # Not scaled as with AdamW: a gradient of twice the size is seen.
            learning = Learning(network, replace(BRIEF.settings(0), optimizer="adamw", max_gradient_norm=1e9))
            learning.optimizer = torch.optim.SGD(network.parameters(), lr=1.0)
            losses.append(float(experiment.take(learning, parts)))
        assert all(parameter.grad is None for parameter in network.parameters())
        weights.append([parameter.detach().clone() for parameter in network.parameters()])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for one, other in zip(*weights, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_what_was_learned_is_counted_and_the_same_again() -> None:
    columns = tokens(50)
    longer = replace(BRIEF, steps=4)
    with one_thread():
        once, again = (experiment.learn(longer, columns, mixed(columns, "maze"), 7, CPU, num_parts=3) for _ in range(2))
    taken = steps_of(columns, mixed(columns, "maze"), 1, 4)
    assert once.examples_seen == sum(len(parts[0].prompts) for parts in taken)
    assert once.tokens_seen == sum(int(part.num_tokens) for parts in taken for part in parts)
    assert once.loss == again.loss
    ends = zip(once.network.parameters(), again.network.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in ends)


# How long it takes


def test_a_budget_of_time_shortens_all_runs_and_says_where_it_cannot() -> None:
    columns = tokens(50)
    with one_thread():
        step_s = experiment.seconds_a_step(BRIEF, columns, mixed(columns, "maze"), CPU, num_parts=3)
    assert 0 < step_s < 60
    long = replace(BRIEF, steps=100_000)
    assert experiment.fitted(long, 600.0, 0.5).steps == int(experiment.SHARE_OF_LEARNING * 1200)
    assert experiment.fitted(BRIEF, 600.0, 0.5) == BRIEF
    with pytest.raises(ValueError, match="suffice for 1 steps"):
        experiment.fitted(long, 1.0, 0.5)


# What is asked for, and what is kept


@pytest.mark.parametrize(
    ("name", "value"),
    [("network", "tinny"), ("steps", 0), ("problems", 0), ("precision", "fp8"), ("optimizer", "sgd"), ("side", 0)],
)
def test_settings_without_a_sense_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name}|max_steps"):
        Experiment(**{**asdict(BRIEF), name: value})


def test_every_setting_has_an_option_and_only_what_is_given_counts() -> None:
    parser = ArgumentParser()
    experiment.add_options(parser, 3, Path("out"), asdict(BRIEF))
    options = parser.parse_args(["--examples-per-step", "7", "--learning-rate", "0.5"])
    assert experiment.asked_for(options, asdict(BRIEF)) == {"examples_per_step": 7, "learning_rate": 0.5}
    with pytest.raises(SystemExit):
        parser.parse_args(["--seeds", "0"])


@pytest.mark.parametrize("name", ["cuda:99", "gpu"])
def test_a_device_that_is_not_here_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"--device {name} is not possible here"):
        experiment.device_named(name)


def test_settings_stay_with_their_runs(tmp_path: Path) -> None:
    defaults = {"steps": 5, "precision": "fp32"}
    assert experiment.known_settings(tmp_path, {}, defaults) is None
    # A setting that there was not yet when the runs were made.
    experiment.write_settings(tmp_path, {"steps": 3})
    assert experiment.known_settings(tmp_path, {"precision": "fp32"}, defaults) == {"steps": 3, "precision": "fp32"}
    with pytest.raises(ValueError, match="holds runs with steps 3, not 4"):
        experiment.known_settings(tmp_path, {"steps": 4}, defaults)


def test_unfinished_lines_are_no_runs(tmp_path: Path) -> None:
    assert read_lines(tmp_path) == []
    append_line(tmp_path, {"mode": "trace"})
    with (tmp_path / "runs.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"mode": "pl')
    assert read_lines(tmp_path) == [{"mode": "trace"}]
    append_line(tmp_path, {"mode": "plan"})
    assert read_lines(tmp_path) == [{"mode": "trace"}, {"mode": "plan"}]
