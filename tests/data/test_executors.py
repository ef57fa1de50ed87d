import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from data.executors import EXECUTORS, WorkerDied, processes


def square(number: int) -> Generator[tuple[int, int], int, int]:
    time.sleep(0.002 * (number % 3))  # so that the later ones are done before the earlier ones
    addend = yield number, os.getpid()
    return number * number + addend


def where(_: int) -> Generator[int, int, tuple[int, int]]:
    before = os.getpid()
    time.sleep(0.01)
    yield 0
    return before, os.getpid()


def fail_before(number: int) -> Generator[int, int, int]:
    if number == 3:
        raise ValueError(f"no {number}")
    return (yield number)


def fail_after(number: int) -> Generator[int, int, int]:
    yield number
    if number == 3:
        raise ValueError(f"no {number}")
    return number


class StubbornError(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__("cannot be pickled")


def fail_stubbornly(number: int) -> Generator[int, int, None]:
    time.sleep(0.01)
    yield number
    if multiprocessing.parent_process():
        raise StubbornError(number, number)


def die(number: int) -> Generator[int, int, None]:
    time.sleep(0.01)
    yield number
    if multiprocessing.parent_process():
        os.kill(os.getpid(), signal.SIGKILL)


def send_much(number: int) -> Generator[bytes, bytes, int]:
    got = yield bytes(1 << 20)
    return len(got)


class Numbers:
    """As many as wanted, from 0 on."""

    def __init__(self, num: int = 1 << 30) -> None:
        self.num, self.taken = num, 0

    def more(self) -> int | None:
        self.taken += 1
        return self.taken - 1 if self.taken <= self.num else None


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_questions_and_results_come_in_order_of_endless_arguments_of_which_few_are_taken(name: str) -> None:
    numbers, asked, places = Numbers(), list[int](), list[int]()
    num_places = {"serial": 1, "processes": 2}[name]

    def answer(question: tuple[int, int]) -> int:
        asked.append(question[0])
        places.append(question[1])
        return 1000 * question[0]

    with closing(EXECUTORS[name](2, square, numbers.more, answer)) as results:
        for number, result in enumerate(results):
            assert result == number * number + 1000 * number
            assert numbers.taken - number <= 8 * 2 + 1
            if len(set(places[:-100])) == num_places:  # all have been at work for a while
                break
    assert asked == list(range(len(asked)))
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("name", list(EXECUTORS))
def test_an_answer_may_make_more_arguments_wanted(name: str) -> None:
    num_wanted, num_taken, num_answered = 3, 0, 0

    def more() -> int | None:
        nonlocal num_taken
        if num_taken == num_wanted:
            return None
        num_taken += 1
        return num_taken

    def answer(_: tuple[int, int]) -> int:
        nonlocal num_wanted, num_answered
        num_answered += 1
        num_wanted += num_answered in (3, 4)
        return 0

    assert list(EXECUTORS[name](2, square, more, answer)) == [1, 4, 9, 16, 25]


@pytest.mark.parametrize("task", [fail_before, fail_after])
@pytest.mark.parametrize("name", list(EXECUTORS))
def test_an_error_comes_back_as_it_was(name: str, task: Any) -> None:
    done: list[int] = []
    with (
        pytest.raises(ValueError, match="no 3") as caught,
        closing(EXECUTORS[name](2, task, Numbers().more, int)) as results,
    ):
        done.extend(results)
    assert done in ([0, 1, 2], [])  # `extend` may have taken them, or not
    notes = getattr(caught.value, "__notes__", [])
    assert name == "serial" or task.__name__ in notes[0]
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_so_many_processes_work_each_on_whole_tasks_and_the_others_are_gone_at_the_end(workers: int) -> None:
    results = processes(workers, where, Numbers().more, int)
    used: Counter[int] = Counter()
    deadline = time.monotonic() + 60
    while (len(used) < workers or min(used.values()) < 5) and time.monotonic() < deadline:
        before, after = next(results)
        assert before == after
        used[before] += 1
    assert len(used) == workers
    assert min(used.values()) >= 5
    assert os.getpid() in used
    assert len(multiprocessing.active_children()) == workers - 1
    results.close()
    assert not multiprocessing.active_children()


def test_an_error_that_does_not_survive_the_way_is_told() -> None:
    with (
        closing(processes(2, fail_stubbornly, Numbers().more, int)) as results,
        pytest.raises(RuntimeError, match="StubbornError: cannot be pickled"),
    ):
        list(results)


def test_a_worker_that_is_killed_is_an_error_and_not_a_long_wait() -> None:
    with (
        closing(processes(3, die, Numbers().more, int)) as results,
        pytest.raises(WorkerDied, match=r"signal 9 \(often for want of memory"),
    ):
        list(results)
    assert not multiprocessing.active_children()


def test_much_may_be_sent_both_ways_at_once() -> None:
    numbers = Numbers(60)
    assert list(processes(2, send_much, numbers.more, lambda question: question)) == [1 << 20] * 60


def rest(_: int) -> Generator[int, bool, None]:
    time.sleep(0.01)
    if (yield os.getpid()) and multiprocessing.parent_process():
        time.sleep(60)


SCRIPT = """
import os
from data.executors import processes
from tests.data.test_executors import Numbers, rest

others = set()

def answer(process):
    num_known = len(others)
    others.update({process} - {os.getpid()})
    if num_known < len(others) == 2:
        print(*others, flush=True)
    return len(others) == 2

if __name__ == "__main__":
    list(processes(3, rest, Numbers().more, answer))
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
    assert len(workers) == 2
    assert all(gone(pid) for pid in workers)
