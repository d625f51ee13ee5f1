"""The report formats. A format `x` is the module `x_format.py` of this package, which has `render(result, options) -> str`.

One that can be long may have `chunks(result, options)` too, the same text in pieces.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

import cloudaudit.report
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Result

__all__ = ["PLAIN", "Options", "chunks", "names", "render"]

_SUFFIX = "_format"

Render = Callable[[Result, Options], str]
Chunks = Callable[[Result, Options], Iterator[str]]


@cache
def names() -> tuple[str, ...]:
    """The formats, by name. None of their modules is imported."""
    modules = (module.name for module in pkgutil.iter_modules(cloudaudit.report.__path__))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in modules if name.endswith(_SUFFIX)))


def render(name: str, result: Result, options: Options = PLAIN) -> str:
    """A result in a format. The text ends with a newline and holds nothing that UTF-8 cannot encode.

    Raises:
        KeyError: no format has the name.
    """
    return "".join(chunks(name, result, options))


def chunks(name: str, result: Result, options: Options = PLAIN) -> Iterator[str]:
    """The same piece by piece, where the format can."""
    if name not in names():
        raise KeyError(name)
    module = importlib.import_module(f"{cloudaudit.report.__name__}.{name}{_SUFFIX}")
    pieces: Chunks | None = getattr(module, "chunks", None)
    whole: Render = module.render
    return pieces(result, options) if pieces is not None else iter((whole(result, options),))
