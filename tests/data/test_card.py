import runpy
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from data import card
from data.generation import generate
from data.manifest import SPLITS, Manifest
from data.shards import TraceSet
from planning.tiles import TilesDomain
from solvers.search import Limits


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest, str]:
    domain, out = TilesDomain(), tmp_path_factory.mktemp("traces") / "tiles"
    sampling = domain.sampling(3, options={"moves": 10})
    manifest = generate(
        domain, sampling, num=70, seed=8, out=out, limits=Limits(500), max_trace_tokens=5000, random_ties=True
    )
    return out, manifest, (out / "README.md").read_text()


def test_the_code_on_the_card_makes_the_same_data_set(
    made: tuple[Path, Manifest, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _, text = made
    script = tmp_path / "again.py"
    script.write_text(text.split("```python\n")[1].split("```")[0])
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script))
    again = tmp_path / "here"
    names = sorted(str(file.relative_to(out)) for file in out.rglob("*"))
    assert names == sorted(str(file.relative_to(again)) for file in again.rglob("*"))
    assert all((out / name).read_bytes() == (again / name).read_bytes() for name in names if (out / name).is_file())


def test_the_card_tells_what_is_in_the_data(made: tuple[Path, Manifest, str]) -> None:
    out, manifest, text = made
    assert text.startswith("---\nlicense: mit\nconfigs:\n")
    assert "# 70 searches: tiles of size 3" in text
    assert manifest.sha256 in text
    for split in SPLITS:
        assert f"path: {split}/*.parquet" in text
        assert f"| {split} | {manifest.count(split)} |" in text
    traces = [part for split in SPLITS for part in TraceSet(out, split)]
    for name, values in {
        "states in a plan": np.concatenate([np.diff(part.plan_offsets) for part in traces]),
        "events in a trace": np.concatenate([np.diff(part.event_offsets) for part in traces]),
        "cost": np.concatenate([part.costs for part in traces]),
    }.items():
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], method="inverted_cdf")
        line = f"{values.min()} | {low} | {middle} | {high} | {values.max()} | {values.mean():.1f}"
        assert f"| {name} | {line} |" in text.replace(",", "")
    assert f"The greatest g is {max(part.g.max() for part in traces)}" in text


def test_quantiles_are_values_that_occur() -> None:
    assert card._distribution("x", Counter({7: 1})) == "| x | 7 | 7 | 7 | 7 | 7 | 7.0 |"
    assert card._distribution("x", Counter({1: 50, 2: 49, 1000: 1})) == "| x | 1 | 1 | 1 | 2 | 1,000 | 11.5 |"


def test_a_split_without_examples_is_not_promised(tmp_path: Path) -> None:
    domain = TilesDomain()
    generate(domain, domain.sampling(2), num=4, seed=1, out=tmp_path, test_percent=0)
    text = (tmp_path / "README.md").read_text()
    assert "split: train" in text
    assert "split: test" not in text
    assert not list((tmp_path / "test").iterdir())
