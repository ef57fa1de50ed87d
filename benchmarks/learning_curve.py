"""Learning curve: to write the search and then the plan, against the plan alone, on growing numbers of examples.

    python -m benchmarks.learning_curve [--sizes 500,2000,8000,32000] [--seeds 3] [--out DIR] [--plot FILE.png]
        [--budget-minutes M] [--side 5] [--network tiny] [--steps N] [--problems 500] [--device cpu] [--smoke]

Both modes have the same network with equally many trainable parameters, the same examples, equally many of them in a
step, and equally many steps; what differs is the trace in the target. A seed decides the examples, the first weights
and the order of batches; all runs of a seed share the examples, the larger sets hold the smaller ones. Every run is
judged on the same fresh mazes, none of whose walls is among those learned from: one greedy answer each, strictly.

Runs are written to DIR/runs.jsonl, a line each, and not done again: a killed benchmark goes on where it was. The first
seed's runs come first, so that there is a whole curve early. The default is for two to three hours on one core.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import curve_figures, timing
from benchmarks.curve_figures import MODES, Point
from benchmarks.training import Learning, draw, format_of, longest, new_network, one_thread
from data.tokens import TokenFormat, Tokens
from planning.traces import Traces
from searchformer.batches import Batch, BatchStream, WholeTargets
from searchformer.cases import TEST_PERCENT, Case, fresh_cases
from searchformer.data_module import first
from searchformer.evaluation import EvaluationSettings, evaluate
from searchformer.optimizers import OPTIMIZERS, rate
from searchformer.training_config import TrainingConfig
