"""Processes for work on foreign bytes: a file that crashes or stalls a parser takes only those."""

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# A decoder that asks for more is decoding a bomb; it then gets a MemoryError, not the machine.
MEMORY_BYTES_MAX: Final = 4 << 30
_TASKS_PER_PROCESS: Final = 1000


class ProcessCrashed(Exception):
    """The process died or ran out of time while doing this; others in the pool may be hit too."""


class _Spawning(SpawnContext):
    """Remembers the processes of one executor, which itself offers no way to end them."""

    def __init__(self) -> None:
        self._spawned: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]
        process = SpawnProcess(*args, **kwargs)
        self._spawned = [each for each in self._spawned if each.is_alive()] + [process]
        return process

    def terminate(self) -> None:
        for process in self._spawned:
            process.terminate()


class ProcessPool:
    """A few processes, made again after a crash."""

    def __init__(self, processes: int, niceness: int) -> None:
        self._processes = processes
        self._niceness = niceness
        self._executor: ProcessPoolExecutor | None = None

    @property
    def processes(self) -> int:
        """How many tasks can run at once."""
        return self._processes

    async def run(
        self, seconds: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `function` in a process, for at most `seconds`. Raises ProcessCrashed."""
        executor = self._executor or self._start()
        try:
            task = partial(_timed, seconds, function, args, kwargs)
            return await asyncio.wrap_future(executor.submit(task))
        except BrokenProcessPool:
            if self._executor is executor:
                self._executor = None
                executor.shutdown(wait=False, cancel_futures=True)
            raise ProcessCrashed from None

    def _start(self) -> ProcessPoolExecutor:
        self._context = _Spawning()
        self._executor = ProcessPoolExecutor(
            self._processes,
            mp_context=self._context,
            initializer=_begin,
            initargs=(self._niceness,),
            max_tasks_per_child=_TASKS_PER_PROCESS,
        )
        return self._executor

    def close(self) -> None:
        """End the processes at once; what they were doing is lost."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        self._context.terminate()
        executor.shutdown(wait=True, cancel_futures=True)


def _begin(niceness: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(niceness)
    # pydicom quotes header values, a patient's among them, in its warnings.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (_memory_bytes(), _memory_bytes()))


def _memory_bytes() -> int:
    """Our limit, or the operator's own where that is lower: it cannot be raised again."""
    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    return MEMORY_BYTES_MAX if hardest < 0 else min(MEMORY_BYTES_MAX, hardest)


def _end_with_parent() -> None:
    """A worker of a killed parent would wait for work for ever: it holds its own queue open."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _timed(seconds: int, function: Callable[..., T], args: Any, kwargs: Any) -> T:
    # The default action of SIGALRM ends the process, inside a C decoder too.
    signal.alarm(seconds)
    try:
        return function(*args, **kwargs)
    finally:
        signal.alarm(0)
