"""The card of a data set, `README.md`: what it is, how it was made, and what is in it."""

from collections import Counter
from itertools import accumulate
from pathlib import Path

import numpy as np

from data import manifest as manifests
from data.manifest import SPLITS, Manifest
from data.shards import SCHEMA
from planning.traces import Ints, Offsets

FILE_NAME = "README.md"

_PERCENTS = (0, 5, 50, 95, 100)

_MEANINGS = {
    "id": "blake2b of the domain's name and the problem: equal problems have equal ids everywhere",
    "codes": "the problem as numbers (`Domain.codes`)",
    "plan": "the states along the plan, first and last included, {width} number(s) each (`Domain.state_codes`)",
    "cost": "what the plan costs: the least possible",
    "kinds": "the events of the search in their order: 0 create, 1 close",
    "states": "the state of each event, {width} number(s) each",
    "g": "what it cost to reach the state of each event",
    "h": "the heuristic's estimate of what remains",
}


class Tally:
    """How often which length and which cost occurs; tallies of parts add up to that of the whole."""

    def __init__(self) -> None:
        self.counters = {name: Counter[int]() for name in ("states in a plan", "events in a trace", "cost")}

    def count(self, plan_lengths: Offsets, trace_lengths: Offsets, costs: Ints) -> None:
        """Count some examples."""
        columns: tuple[Offsets | Ints, ...] = (plan_lengths, trace_lengths, costs)
        for counter, column in zip(self.counters.values(), columns, strict=True):
            values, counts = np.unique(column, return_counts=True)
            counter.update(dict(zip(values.tolist(), counts.tolist(), strict=True)))

    def add(self, other: "Tally") -> None:
        """Count what another one has counted."""
        for name, counter in self.counters.items():
            counter.update(other.counters[name])


def write(directory: Path, manifest: Manifest, tally: Tally) -> None:
    """Write the card of a data set that is whole on disk; equal data sets have equal cards."""
    sections = (
        _header(manifest),
        _origin(manifest),
        _counts(manifest),
        _distributions(manifest, tally),
        _columns(manifest),
        _limits(manifest),
    )
    manifests.write_whole(directory / FILE_NAME, "\n".join(sections).encode())


def _header(manifest: Manifest) -> str:
    settings = manifest.settings
    files = "".join(
        f"      - split: {split}\n        path: {split}/*.parquet\n" for split in SPLITS if manifest.count(split)
    )
    return f"""---
license: mit
configs:
  - config_name: default
    data_files:
{files}---
# {manifest.rows:,} searches: {settings.domain} of size {settings.size}

Problems drawn at random, each with a plan of least cost and the A* search that found it, event by event. They are for
training and testing models that learn to plan by imitating the search. Everything is synthetic: no person, no text and
no data of others is in it.
"""


def _origin(manifest: Manifest) -> str:
    settings = manifest.settings
    limits = f"\n    limits=Limits({settings.max_expansions})," if settings.max_expansions is not None else ""
    import_limits = "from solvers.search import Limits\n" if limits else ""
    parent = manifest.parent
    improved = f"\nImproved from the data set {parent.manifest_sha256} by {parent.model}.\n" if parent else ""
    return f"""## How it was made
{improved}
```python
from data.generation import generate
from planning.domains import DOMAINS
{import_limits}
domain = DOMAINS[{settings.domain!r}]
generate(
    domain,
    domain.sampling({settings.size}, {settings.generator!r}, {dict(settings.options)!r}),
    num={manifest.num},
    seed={settings.seed},
    heuristic={settings.heuristic!r},
    random_ties={settings.random_ties},{limits}
    max_trace_tokens={settings.max_trace_tokens},
    test_percent={settings.test_percent},
    draws_per_shard={settings.draws_per_shard},
    out="here",
)
```

The same call writes the same bytes, with any number of workers, as long as the version of pyarrow is the same.
The name of this data set is the sha256 of its `{manifests.FILE_NAME}`: `{manifest.sha256}`.
That file has the sha256 of every shard.
"""


def _counts(manifest: Manifest) -> str:
    settings = manifest.settings
    duplicates = sum(shard.num_duplicates for shard in manifest.shards)
    too_long = sum(shard.num_too_long for shard in manifest.shards)
    stopped = sum(shard.num_stopped for shard in manifest.shards)
    limit = f"The limit of {settings.max_expansions:,} expansions" if settings.max_expansions else "Want of memory"
    and_stopped = f" {limit} stopped {stopped:,} searches, whose problems were left out." if stopped else ""
    rows = "\n".join(f"| {split} | {manifest.count(split):,} | {len(manifest.paths(split)):,} |" for split in SPLITS)
    return f"""## Counts

| split | examples | files |
|---|---:|---:|
{rows}

No problem is in here twice: {duplicates:,} that were drawn again were left out. {too_long:,} traces were left out for
their length. A problem is for testing if the hash of its layout (a maze's walls, without start and goal), modulo 100,
is below {settings.test_percent}: no layout is in both splits, nor on the other side in a data set of another seed.\
{and_stopped}
"""


def _distributions(manifest: Manifest, tally: Tally) -> str:
    rows = "\n".join(_distribution(name, counter) for name, counter in tally.counters.items())
    return f"""## Distributions

| | least | 5 % | median | 95 % | most | mean |
|---|---:|---:|---:|---:|---:|---:|
{rows}

The greatest g is {max(shard.max_g for shard in manifest.shards):,}, the greatest h \
{max(shard.max_h for shard in manifest.shards):,}.
"""


def _distribution(name: str, counter: Counter[int]) -> str:
    """Return one line; a quantile is the least value that so many per cent do not exceed."""
    values = sorted(counter)
    reached = list(accumulate(counter[value] for value in values))
    places = (np.searchsorted(reached, max(1, percent * reached[-1] / 100)) for percent in _PERCENTS)
    mean = sum(value * number for value, number in counter.items()) / reached[-1]
    return f"| {name} | " + " | ".join(f"{values[place]:,}" for place in places) + f" | {mean:,.1f} |"


def _columns(manifest: Manifest) -> str:
    lines = (
        f"| `{field.name}` | {str(field.type).replace(' not null', '')} "
        f"| {_MEANINGS[field.name].format(width=manifest.state_width)} |"
        for field in SCHEMA
    )
    return "## Columns (schema version {})\n\n| column | type | meaning |\n|---|---|---|\n{}\n".format(
        manifests.SCHEMA, "\n".join(lines)
    )


def _limits(manifest: Manifest) -> str:
    ties = "by seeded chance" if manifest.settings.random_ties else "in a fixed order of states"
    return f"""## Limits and licence

Only problems that have a plan are in here, drawn as the generator draws them: their difficulty is not even, and what a
model learns from them need not carry over to other sizes or generators. The heuristic of the search is
`{manifest.settings.heuristic}`; among equals it chooses {ties}. Licence: MIT, as the program's.
"""
