"""What ends a scan before its time: Ctrl-C, a closed terminal, whoever supervises it. What was read until then is still reported."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_BURST = 0.5
"""Seconds in which further signals say the same: who is impatient presses Ctrl-C twice, who supervises sends several."""


def as_interrupt() -> None:
    """From now on all of these signals are what Ctrl-C is, but those that the caller has set aside (`nohup`)."""
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


@contextmanager
def asked_to_end(end: Callable[[], None], over: Callable[[], bool]) -> Iterator[None]:
    """While it lasts, these signals call `end` and interrupt nothing: the report follows.

    Once the work is `over`, a signal that comes some time after another (`_BURST`) ends the writing, which may wait for a reader
    that never comes. What is not whole by then is not written.
    """
    former = {}
    last: list[float] = []

    def heard(*_: object) -> None:
        now = time.monotonic()
        again = last and now - last[-1] > _BURST
        last.append(now)
        if over() and again:
            raise KeyboardInterrupt
        end()

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            former[number] = signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def terminal_kept() -> Iterator[None]:
    """The terminal stays as it was: a question for a one-time code turns its echo off, and whoever asked may be left behind."""
    try:
        import termios

        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        kept = termios.tcgetattr(terminal)
    except Exception:  # noqa: BLE001  (no terminal, or a system without any)
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, termios.error):  # the terminal may be gone: that decides nothing
            if termios.tcgetattr(terminal) != kept:  # only then: a process in the background must not touch it
                termios.tcsetattr(terminal, termios.TCSADRAIN, kept)
        os.close(terminal)
