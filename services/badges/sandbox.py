"""Processes in which hostile input is worked on, and which are killed when that takes too long."""

import asyncio
import multiprocessing
import os
import queue
import resource
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")
MOST_MEMORY = 1 << 30


class TooLong(Exception):
    """The work was not done within its time."""


class Busy(TooLong):
    """Nobody was free to begin the work; that says nothing of the work itself."""


class Sandbox:
    """A few worker processes, started with the first piece of work; each does one piece at a time.

    `seconds` is the time that one piece may take, the wait for a free worker not counted.
    """

    def __init__(self, workers: int = 2, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._free: queue.SimpleQueue[_Worker | None] = queue.SimpleQueue()
        for _ in range(workers):
            self._free.put(None)

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """What `work(*args)` gives. Raises TooLong where it was killed, Busy, and what `work` raises."""
        return await asyncio.to_thread(self._run, work, args)

    def _run(self, work: Callable[..., T], args: tuple[Any, ...]) -> T:
        try:
            worker = self._free.get(timeout=2 * self._seconds)
        except queue.Empty as error:
            raise Busy("everybody is busy; try again in a moment") from error
        try:
            worker = worker if worker is not None and worker.process.is_alive() else _start()
            failed, result = self._ask(worker, work, args)
        except BaseException:
            if worker is not None:
                worker.process.kill()
                worker.process.join()
                worker.connection.close()
            worker = None
            raise
        finally:
            self._free.put(worker)
        if failed:
            raise result
        answer: T = result
        return answer

    def _ask(self, worker: "_Worker", work: Callable[..., T], args: tuple[Any, ...]) -> tuple[bool, Any]:
        worker.connection.send((work, args))
        if not worker.connection.poll(self._seconds):
            raise TooLong(f"it takes longer than {self._seconds:g} seconds")
        try:
            answer: tuple[bool, Any] = worker.connection.recv()
        except EOFError as error:
            raise TooLong("it takes more memory than it may") from error
        return answer


class _Worker:
    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self.process, self.connection = process, connection


def _start() -> _Worker:
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    if not ours.poll(20) or ours.recv() != "ready":
        process.kill()
        raise Busy("no worker could be started")
    return _Worker(process, ours)


def _serve(connection: Connection) -> None:
    """In a worker: one piece of work after the other, until the service is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    connection.send("ready")
    with suppress(EOFError, BrokenPipeError):
        while True:
            work, args = connection.recv()
            connection.send(_answer(work, args))


def _answer(work: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return False, work(*args)
    except Exception as error:
        return True, error


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
