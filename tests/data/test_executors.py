import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.executors import EXECUTORS, WorkerDied, processes


def square(number: int) -> int:
    time.sleep(0.002 * (number % 3))  # so that the later ones are done before the earlier ones
    return number * number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ValueError(f"no {number}")
    return number


def where(_: int) -> int:
    return os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class StubbornError(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__("cannot be pickled")


def fail_stubbornly(number: int) -> None:
    raise StubbornError(number, number)


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_results_come_in_order_of_endless_arguments_of_which_few_are_taken(name: str) -> None:
    taken = []

    def numbers() -> Iterator[int]:
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    with EXECUTORS[name](2) as executor:
        results = executor.map(square, numbers())
        assert [next(results) for _ in range(20)] == [number * number for number in range(20)]
        assert len(taken) <= 24
        del results  # left half way; others can go on, also one through another:
        doubled = executor.map(square, executor.map(square, range(7)))
        assert list(doubled) == [number**4 for number in range(7)]
        assert not getattr(executor, "_results", {})  # nor does the first one leave anything


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_an_error_comes_back_as_it_was(name: str) -> None:
    done: list[int] = []
    with pytest.raises(ValueError, match="no 3") as caught, EXECUTORS[name](2) as executor:
        done.extend(executor.map(fail_at_three, range(9)))
    assert done == [0, 1, 2]
    notes = getattr(caught.value, "__notes__", [])
    assert name == "serial" or "fail_at_three" in notes[0]
    assert not multiprocessing.active_children()


def test_processes_are_other_ones_and_gone_at_the_end() -> None:
    with processes(2) as executor:
        used = set(executor.map(where, range(30)))
    assert os.getpid() not in used
    assert used
    assert not multiprocessing.active_children()


def test_an_error_that_does_not_survive_the_way_is_told() -> None:
    with processes(1) as executor, pytest.raises(RuntimeError, match="StubbornError: cannot be pickled"):
        list(executor.map(fail_stubbornly, [1]))


def test_a_worker_that_is_killed_is_an_error_and_not_a_long_wait() -> None:
    with processes(2) as executor, pytest.raises(WorkerDied, match=r"signal 9 \(often for want of memory"):
        list(executor.map(die, range(5)))
    assert not multiprocessing.active_children()


SCRIPT = """
import sys, time
from data.executors import processes
from tests.data.test_executors import where

def wait(number):
    time.sleep(60)

if __name__ == "__main__":
    with processes(2) as executor:
        print(*{pid for pid in executor.map(where, range(50))}, flush=True)
        list(executor.map(wait, range(3)))
"""


def gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" in status.read_text()
    except FileNotFoundError:
        return True


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("stop", "tracebacks"), [(signal.SIGINT, 1), (signal.SIGKILL, 0)])
def test_workers_end_with_their_parent_and_keep_quiet(tmp_path: Path, stop: signal.Signals, tracebacks: int) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    run = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(tmp_path)])},
    )
    assert run.stdout is not None
    workers = [int(pid) for pid in run.stdout.readline().split()]
    time.sleep(0.2)
    if stop is signal.SIGINT:
        os.killpg(run.pid, stop)  # as a terminal does
    else:
        os.kill(run.pid, stop)
    _, errors = run.communicate(timeout=20)
    assert run.returncode == -stop
    assert errors.count("Traceback") == tracebacks
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not all(gone(pid) for pid in workers):
        time.sleep(0.01)
    assert workers
    assert all(gone(pid) for pid in workers)
