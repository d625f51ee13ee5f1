"""Threads that ask, and the one that waits for what they bring: no longer than the deadline, whatever a server does."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from cloudaudit.sources.live.transport import Deadline

T = TypeVar("T")

_LOOK = 0.1
"""Seconds between two looks at whether a person has ended the scan."""


class Brought(NamedTuple):
    """What came of one piece of work."""

    number: int
    value: Any
    error: BaseException | None


class Crew:
    """A thread that waits for a silent server cannot be ended from outside: it is left behind, and does not keep the process.

    For that they are daemons: `concurrent.futures` would wait for its threads as Python ends.
    """

    def __init__(self, workers: int, deadline: Deadline) -> None:
        self._workers = workers
        self._deadline = deadline
        self._threads = self._open = self._number = 0
        self._work: SimpleQueue[tuple[int, Callable[[], Any]] | None] = SimpleQueue()
        self._brought: SimpleQueue[Brought] = SimpleQueue()

    def start(self, work: Callable[[], Any]) -> int:
        """Have some work done; its number."""
        self._number += 1
        self._open += 1
        self._work.put((self._number, work))
        if self._threads < min(self._workers, self._open):
            self._threads += 1
            Thread(target=self._serve, daemon=True, name=f"cloudaudit-{self._threads}").start()
        return self._number

    def next(self) -> tuple[int, Any] | None:
        """The number of the next work that is done, and what it brought; None once the scan has ended. Raises what the work raised."""
        while (left := self._deadline.left) > 0:
            try:
                brought = self._brought.get(timeout=min(left, _LOOK))
            except Empty:
                continue
            self._open -= 1
            if brought.error is not None:
                raise brought.error
            return brought.number, brought.value
        return None

    def leave(self) -> None:
        """No more work: threads end once they are free."""
        for _ in range(self._threads):
            self._work.put(None)

    def _serve(self) -> None:
        while (task := self._work.get()) is not None:
            number, work = task
            try:
                brought = Brought(number, work(), None)
            except BaseException as error:  # noqa: BLE001  (it is raised where it is waited for)
                brought = Brought(number, None, error)
            self._brought.put(brought)


def before(deadline: Deadline, operation: str, work: Callable[[], T]) -> T:
    """What one piece of work brings, if it does so before the deadline.

    Raises:
        ScanEnded: it does not.
    """
    crew = Crew(1, deadline)
    crew.start(work)
    try:
        brought = crew.next()
    finally:
        crew.leave()
    if brought is None:
        raise deadline.missed(operation)
    value: T = brought[1]
    return value
