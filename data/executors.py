"""Who does the work: this process, or several. What comes out is the same, and in the same order."""

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

A = TypeVar("A")
Q = TypeVar("Q")
R = TypeVar("R")
S = TypeVar("S")


class Executor(Protocol):
    """Works on tasks with so many processes; an entry of `EXECUTORS`."""

    def __call__(
        self,
        workers: int,
        task: Callable[[A], Generator[Q, R, S]],
        more: Callable[[], A | None],
        answer: Callable[[Q], R],
    ) -> Generator[S, None, None]:
        """Yield what `task` returns for each argument, in the order of the arguments.

        Args:
            workers: processes.
            task: yields one question, and goes on with the answer, in the same process.
            more: the next argument; None where no more are wanted as things are, which an answer may change. Only a few
                are taken ahead of the results.
            answer: called in this process, in the order of the arguments.

        Raises:
            WorkerDied: A process ended without a word.
            Exception: What `task` raises is raised here.
        """


class WorkerDied(RuntimeError):  # noqa: N818  (it says what happened)
    """A worker process ended without an answer."""


def serial(
    workers: int,  # noqa: ARG001  (the same call for all executors)
    task: Callable[[A], Generator[Q, R, S]],
    more: Callable[[], A | None],
    answer: Callable[[Q], R],
) -> Generator[S, None, None]:
    """Work in this process: one argument is taken, worked on and yielded at a time."""
    while (argument := more()) is not None:
        at_work = task(argument)
        reply = answer(next(at_work))
        try:
            at_work.send(reply)
        except StopIteration as end:
            yield end.value


def processes(
    workers: int,
    task: Callable[[A], Generator[Q, R, S]],
    more: Callable[[], A | None],
    answer: Callable[[Q], R],
) -> Generator[S, None, None]:
    """Work in so many processes, this one among them; closing it, or an error, ends the others at once.

    All that is handed over has to be picklable. The others let Ctrl-C go to this one, and end when it is gone.
    """
    pool = _Pool(task, _NUM_AHEAD * workers)
    try:
        pool.start(workers - 1)
        yield from pool.results(more, answer)
    finally:
        pool.end()


EXECUTORS: Mapping[str, Executor] = {"serial": serial, "processes": processes}

_NUM_AT_HAND, _NUM_AHEAD = 4, 8
"""Another process has what it is at, and some more: we may be at work when it is done. So many tasks are under way for
each process."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A task to begin with a value, or to go on with an answer."""

    number: int
    is_first: bool
    value: Any


@dataclass(frozen=True, slots=True)
class _Report:
    """What came of a step: a question, a result, or an error and where it was raised."""

    number: int
    kind: str
    value: Any
    where: str = ""


class _Tasks(Generic[A, Q, R, S]):
    """The tasks of one process."""

    def __init__(self, task: Callable[[A], Generator[Q, R, S]]) -> None:
        self._task = task
        self._begun: dict[int, Generator[Q, R, S]] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._begun

    def take(self, step: _Step) -> _Report:
        """Go one step."""
        at_work = self._task(step.value) if step.is_first else self._begun.pop(step.number)
        try:
            question = next(at_work) if step.is_first else at_work.send(step.value)
        except StopIteration as end:
            return _Report(step.number, "result", end.value)
        except Exception as error:  # noqa: BLE001  (raised again where the results are taken)
            return _Report(step.number, "error", _travelling(error), traceback.format_exc())
        self._begun[step.number] = at_work
        return _Report(step.number, "question", question)


@dataclass(slots=True)
class _Worker:
    """Another process, and how many steps it has at hand."""

    process: BaseProcess
    num_at_hand: int


class _Pool:
    """Other processes with a pipe each, and this one, which works when it has nothing else to do."""

    def __init__(self, task: Callable[[Any], Generator[Any, Any, Any]], num_ahead: int) -> None:
        self._task, self._tasks = task, _Tasks(task)
        self._num_ahead = num_ahead
        self._queue: deque[_Step] = deque()
        self._workers: dict[Connection, _Worker] = {}
        self._places: dict[int, Connection] = {}
        self._questions: dict[int, Any] = {}
        self._ended: dict[int, _Report] = {}

    def start(self, num: int) -> None:
        """Start other processes."""
        # A fresh interpreter: forking a process that has threads (as pyarrow's has) can hang.
        context = multiprocessing.get_context("spawn")
        with _interrupts_blocked():  # the children inherit that
            for _ in range(num):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, self._task), daemon=True)
                process.start()
                theirs.close()
                self._workers[ours] = _Worker(process, _NUM_AT_HAND)  # until it says that it is there

    def results(self, more: Callable[[], Any], answer: Callable[[Any], Any]) -> Iterator[Any]:
        """Yield the results in order."""
        waiting: deque[int] = deque()
        unanswered: deque[int] = deque()
        num_taken = 0
        while True:
            while len(waiting) < self._num_ahead and (argument := more()) is not None:
                self._queue.append(_Step(num_taken, True, argument))
                waiting.append(num_taken)
                unanswered.append(num_taken)
                num_taken += 1
            if not waiting:
                return
            if unanswered and unanswered[0] in self._questions:
                number = unanswered.popleft()
                self._go_on(_Step(number, False, answer(self._questions.pop(number))))
            elif waiting[0] in self._ended:
                yield _result(self._ended.pop(waiting.popleft()))
            else:
                self._work_or_wait()

    def end(self) -> None:
        """Kill the others: whatever they write has a temporary name until it is whole."""
        for worker in self._workers.values():
            worker.process.kill()
        for connection, worker in self._workers.items():
            worker.process.join()
            worker.process.close()
            connection.close()

    def _work_or_wait(self) -> None:
        """Hear the others; while they have nothing to say, work."""
        self._hand_out()
        ready = wait(list(self._workers), 0 if self._queue else None)
        for connection in ready:
            assert isinstance(connection, Connection)
            self._hear(connection)
        if not ready:
            self._note(self._tasks.take(self._queue.popleft()))

    def _hand_out(self) -> None:
        for connection, worker in self._workers.items():
            while self._queue and worker.num_at_hand < _NUM_AT_HAND:
                step = self._queue.popleft()
                self._places[step.number] = connection
                self._send(connection, step)

    def _go_on(self, step: _Step) -> None:
        if step.number in self._tasks:
            self._note(self._tasks.take(step))
        else:
            self._send(self._places[step.number], step)

    def _send(self, connection: Connection, step: _Step) -> None:
        worker = self._workers[connection]
        try:
            connection.send(step)
        except ConnectionError:
            raise _died(worker) from None
        worker.num_at_hand += 1

    def _hear(self, connection: Connection) -> None:
        worker = self._workers[connection]
        try:
            report = connection.recv()
        except (EOFError, ConnectionError):
            raise _died(worker) from None
        if report is None:
            worker.num_at_hand = 0
        else:
            worker.num_at_hand -= 1
            self._note(report)

    def _note(self, report: _Report) -> None:
        if report.kind == "question":
            self._questions[report.number] = report.value
        else:
            self._places.pop(report.number, None)
            self._ended[report.number] = report


def _result(report: _Report) -> Any:
    if report.kind == "error":
        report.value.add_note(f"in a task:\n{report.where}")
        raise report.value
    return report.value


def _travelling(error: Exception) -> Exception:
    """Return an error as it is, if it survives the way to another process."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  (our own error)
    except Exception:  # noqa: BLE001  (whatever it cannot do)
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _died(worker: _Worker) -> WorkerDied:
    worker.process.join(10)
    code = worker.process.exitcode
    how = f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    hint = " (often for want of memory: take fewer workers or smaller shards)" if code == -9 else ""
    return WorkerDied(f"a worker process died: {how}{hint}; what was finished is kept")


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Keep Ctrl-C away from children started meanwhile, even while they import; they cannot ask for it earlier."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _work(connection: Connection, task: Callable[[Any], Generator[Any, Any, Any]]) -> None:
    """Work on what comes. That `task` came has imported what it needs: say so, as we are ready now."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    steps: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, steps), daemon=True).start()
    tasks = _Tasks(task)
    with suppress(ConnectionError):  # the parent is gone: so are we
        connection.send(None)
        while True:
            connection.send(tasks.take(pickle.loads(steps.get())))  # noqa: S301  (from our parent)


def _listen(connection: Connection, steps: "SimpleQueue[bytes]") -> None:
    """Take what the parent sends even while at work, so that it need not wait; end at once when it is gone."""
    with suppress(EOFError, OSError):
        while True:
            steps.put(connection.recv_bytes())
    os._exit(1)
