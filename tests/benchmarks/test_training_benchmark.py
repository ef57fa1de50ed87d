"""The benchmark of training on the CPU: what it counts, and that it runs. FLOPs are held against torch's counter."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import timing, training
from benchmarks.gpu_flops import FORWARD_AND_BACKWARD, PEAKS, matmul_peak, peak_of, work
from benchmarks.training import Learning, Row, Scale, draw, format_of, longest, new_network, spread, turns
from searchformer import kernels
from searchformer.batches import WholeTargets, collate
from searchformer.training_config import TrainingConfig
from searchformer.transformer import Transformer, TransformerConfig


def shape(num_encoder_layers: int, num_loops: int = 1) -> TransformerConfig:
    return TransformerConfig(40, 32, num_encoder_layers, 3, num_heads=2, max_positions=64, num_loops=num_loops)


@pytest.mark.parametrize(("num_encoder_layers", "num_loops"), [(2, 1), (2, 2), (0, 1), (0, 2)])
def test_products_with_weights_are_those_that_torch_counts(num_encoder_layers: int, num_loops: int) -> None:
    config = shape(num_encoder_layers, num_loops)
    network = Transformer(config)
    prompts, targets = torch.randint(40, (5, 12)), torch.randint(40, (5, 20))
    lengths = torch.full((5,), 12), torch.full((5,), 20)
    with kernels.switched(False), torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(prompts, lengths[0], targets)
    counted = counter.get_flop_counts()["Global"]
    products = sum(flops for name, flops in counted.items() if str(name) in {"aten.mm", "aten.addmm"})
    assert work(config, *lengths).weights == products


def test_a_step_takes_three_times_what_reading_takes() -> None:
    config = shape(2)
    network = Transformer(config)
    prompts, targets = torch.randint(40, (5, 12)), torch.randint(40, (5, 20))
    lengths = torch.full((5,), 12), torch.full((5,), 20)
    with kernels.switched(False), FlopCounterMode(display=False) as counter:
        network(prompts, lengths[0], targets).sum().backward()
    products = sum(f for name, f in counter.get_flop_counts()["Global"].items() if str(name) == "aten.mm")
    assert products == pytest.approx(FORWARD_AND_BACKWARD * work(config, *lengths).weights)


def test_attention_counts_each_pair_once_for_scores_and_once_for_values() -> None:
    config = shape(2)
    found = work(config, torch.tensor([10, 4]), torch.tensor([6, 8]))
    pairs = 2 * (10 * 10 + 4 * 4) + 3 * ((6 * 6 + 8 * 8) / 2 + 10 * 6 + 4 * 8)
    assert found.attention == 2 * 2 * 32 * pairs
    alone = work(shape(0), torch.tensor([10]), torch.tensor([6]))
    assert alone.attention == 2 * 2 * 32 * 3 * 16 * 16 / 2


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("NVIDIA H200", "H200"),
        ("NVIDIA H200 NVL", "H200 NVL"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", None),
        ("NVIDIA A1000", None),
        ("AMD EPYC", None),
    ],
)
def test_a_peak_is_found_by_the_name_and_not_guessed(device: str, name: str | None) -> None:
    assert peak_of(device) == (PEAKS[name] if name else None)


def test_products_alone_have_a_rate() -> None:
    with training.one_thread():
        assert matmul_peak(torch.device("cpu"), torch.float32, 64, seconds=0.02) > 1e8


def test_drawn_mazes_are_as_many_as_wanted_and_the_same_again() -> None:
    some, more = draw(5, 20), draw(5, 30)
    assert (len(some), len(more)) == (20, 30)
    assert np.array_equal(some.codes, more.select(np.arange(20)).codes)
    tokens = format_of(5, "paper", more).encode(more)
    assert longest(tokens) == int((np.diff(tokens.trace_offsets) + np.diff(tokens.plan_offsets)).max()) + 2


def test_a_turn_is_spread_from_the_short_to_the_long() -> None:
    lengths = np.arange(100, dtype=np.int64)
    epoch = [np.arange(start, start + 10) for start in (50, 0, 90, 20, 70, 10, 30, 40, 60, 80)]
    chosen = [int(rows[0]) for rows in spread(epoch, lengths, int(lengths.sum()) // 5)]
    assert chosen == [20, 70]
    assert len(spread(epoch, lengths, 10**9)) == 10
    assert len(spread(epoch, lengths, 1)) == 1


def test_padding_is_what_batches_hold_beside_tokens() -> None:
    traces = draw(5, 200)
    tokens = format_of(5, "paper", traces).encode(traces)
    targets = WholeTargets(tokens, with_trace=True)
    for turn in turns(tokens, Scale(budgets=(400, 4000))):
        batches = [collate([(tokens[int(i)][0], targets.of([i], 0)[0]) for i in rows]) for rows in turn.epoch]
        positions = sum(batch.prompts.numel() + batch.targets.numel() for batch in batches)
        real = sum(int(batch.num_tokens) for batch in batches)
        assert turn.padding() == pytest.approx(1 - real / positions)
        assert sorted(np.concatenate(turn.epoch).tolist()) == list(range(200))


@pytest.mark.parametrize("precision", ["fp32", "bf16-mixed"])
def test_a_network_learns_from_steps(precision: str) -> None:
    traces = draw(4, 16)
    token_format = format_of(4, "compact", traces)
    tokens = token_format.encode(traces)
    targets = WholeTargets(tokens, with_trace=False)
    batch = collate([(tokens[i][0], targets.of([i], 0)[0]) for i in range(16)])
    with training.one_thread():
        learning = Learning(new_network("tiny", token_format, longest(tokens)), TrainingConfig(precision=precision))
        losses = [float(learning.step(batch)) for _ in range(4)]
    assert losses[-1] < losses[0]
    assert all(parameter.grad is None for parameter in learning.network.parameters())


def row(tokens_per_s: float, padding_percent: float) -> Row:
    return Row("x", 4000, 10.0, padding_percent, tokens_per_s, 1.0, 0.1)


@pytest.mark.parametrize(("rate", "padding", "met"), [(3200.0, 5.0, [True, True]), (3199.0, 5.1, [False, False])])
def test_the_bars_are_those_that_are_asked_for(rate: float, padding: float, met: list[bool]) -> None:
    assert [bar.met for bar in training.judge(row(rate, padding))] == met
    assert TrainingConfig().token_budget == training.BUDGET


def test_a_smoke_prints_tables_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "ROUNDS", 1)
    monkeypatch.setattr(training, "SMOKE", Scale("tiny", 4, 200, 200, (300, 4000), 128))
    report = tmp_path / "report.json"
    threads = torch.get_num_threads()
    assert training.main(["--smoke", "--report", str(report)]) == 0
    assert torch.get_num_threads() == threads
    output = capsys.readouterr().out
    assert "| plain: 8 at random |" in output
    assert "attention" in output
    written = json.loads(report.read_text(encoding="utf-8"))
    assert [each["budget"] for each in written["rows"]] == [300, 4000, None]
    assert all(0 < each["share"] < 1 for each in written["rows"])
    for kind in written["shares"].values():
        assert sum(kind.values()) == pytest.approx(1)
    assert {"trainable", "products_gflops", "products_own_gflops", "environment", "bars"} <= set(written)
