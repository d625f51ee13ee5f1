"""The report formats. A format `x` is the module `x_format.py` of this package, which has `render(result, options) -> str`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

import cloudaudit.report
from cloudaudit.report.options import PLAIN, Options
from cloudaudit.report.result import Result

__all__ = ["PLAIN", "Options", "names", "render"]

_SUFFIX = "_format"

Render = Callable[[Result, Options], str]


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
    if name not in names():
        raise KeyError(name)
    function: Render = importlib.import_module(f"{cloudaudit.report.__name__}.{name}{_SUFFIX}").render
    return function(result, options)
