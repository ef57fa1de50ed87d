"""Who does the work: this process, or several. What comes out is the same, and in the same order."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, TypeVar

A = TypeVar("A")
R = TypeVar("R")


class Executor(Protocol):
    """Applies functions to arguments; made by an entry of `EXECUTORS`, which is a context."""

    def map(self, function: Callable[[A], R], arguments: Iterable[A]) -> Iterator[R]:
        """Yield the results in the order of the arguments.

        The arguments may be endless, or come from another `map` of the same executor: only a few are taken ahead of
        the results. What `function` raises is raised here. A result that nobody waits for any more is forgotten.
        """


class WorkerDied(RuntimeError):  # noqa: N818  (it says what happened)
    """A worker process ended without an answer."""


@contextmanager
def serial(workers: int = 1) -> Iterator[Executor]:  # noqa: ARG001  (the same call for all executors)
    """Work in this process: one argument is taken, worked on and yielded at a time."""
    yield _Here()


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Work in so many new processes; leaving the context, with an error or without, ends them at once.

    Functions and arguments have to be picklable. Workers let Ctrl-C go to the parent, and end when it is gone.
    """
    pool = _Pool(workers)
    try:
        yield pool
    finally:
        pool.end()


EXECUTORS: Mapping[str, Callable[[int], AbstractContextManager[Executor]]] = {"serial": serial, "processes": processes}


class _Here:
    def map(self, function: Callable[[A], R], arguments: Iterable[A]) -> Iterator[R]:
        return map(function, arguments)


@dataclass(frozen=True, slots=True)
class _Worker:
    process: BaseProcess
    connection: Connection


@dataclass(frozen=True, slots=True)
class _Failure:
    error: BaseException
    where: str


class _Pool:
    """Workers with a pipe each; a task waits in `_queue`, is `_running` on a connection, and then in `_results`."""

    def __init__(self, workers: int) -> None:
        # A fresh interpreter: forking a process that has threads (as pyarrow's has) can hang.
        context = multiprocessing.get_context("spawn")
        self._ahead = 2 * workers
        self._num_tasks = 0
        self._queue: deque[tuple[int, Callable[[Any], Any], Any]] = deque()
        self._running: dict[Connection, int] = {}
        self._awaited: set[int] = set()
        self._results: dict[int, Any] = {}
        self._workers: dict[Connection, _Worker] = {}
        self._idle: list[_Worker] = []
        with _interrupts_blocked():  # the children inherit that
            for _ in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs,), daemon=True)
                process.start()
                theirs.close()
                self._workers[ours] = _Worker(process, ours)
        self._idle.extend(self._workers.values())

    def map(self, function: Callable[[A], R], arguments: Iterable[A]) -> Iterator[R]:
        waiting: deque[int] = deque()
        try:
            for argument in arguments:
                waiting.append(self._submit(function, argument))
                while waiting and (len(waiting) >= self._ahead or waiting[0] in self._results):
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            self._queue = deque(task for task in self._queue if task[0] not in waiting)
            for number in waiting:
                self._awaited.discard(number)
                self._results.pop(number, None)

    def end(self) -> None:
        """Kill the workers: whatever they write has a temporary name until it is whole."""
        for worker in self._workers.values():
            worker.process.kill()
        for worker in self._workers.values():
            worker.process.join()
            worker.process.close()
            worker.connection.close()

    def _submit(self, function: Callable[[Any], Any], argument: Any) -> int:
        self._num_tasks += 1
        self._awaited.add(self._num_tasks)
        self._queue.append((self._num_tasks, function, argument))
        self._send()
        return self._num_tasks

    def _send(self) -> None:
        while self._queue and self._idle:
            worker = self._idle.pop()
            number, function, argument = self._queue.popleft()
            try:
                worker.connection.send((function, argument))
            except BrokenPipeError:
                raise _died(worker) from None
            self._running[worker.connection] = number

    def _result(self, number: int) -> Any:
        while number not in self._results:
            self._receive()
        self._awaited.discard(number)
        result = self._results.pop(number)
        if isinstance(result, _Failure):
            result.error.add_note(f"in a worker process:\n{result.where}")
            raise result.error
        return result

    def _receive(self) -> None:
        for ready in wait(list(self._running)):
            assert isinstance(ready, Connection)
            worker = self._workers[ready]
            try:
                result = ready.recv()
            except (EOFError, ConnectionResetError):
                raise _died(worker) from None
            number = self._running.pop(ready)
            if number in self._awaited:
                self._results[number] = result
            self._idle.append(worker)
        self._send()


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


def _work(connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone: so are we
        while True:
            function, argument = connection.recv()
            connection.send(_answer(function, argument))


def _end_with_parent() -> None:
    """End at once when the parent was killed, rather than after a task whose result nobody takes."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _answer(function: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return function(argument)
    except Exception as error:  # noqa: BLE001  (raised again in the parent)
        where = traceback.format_exc()
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301  (our own error: will it survive the way?)
        except Exception:  # noqa: BLE001  (whatever it cannot do)
            error = RuntimeError(f"{type(error).__name__}: {error}")
        return _Failure(error, where)
