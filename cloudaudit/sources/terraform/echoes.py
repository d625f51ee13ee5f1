"""Echoes: computed attributes that hand on what an argument of their resource says, so that somebody can write it out."""

from __future__ import annotations

from collections.abc import Iterable

from cloudaudit.model.names import NAMING

_SAME = {("terraform_data", "output"): "input", ("aws_ssm_parameter", "value"): "insecure_value"}
"""Computed attributes that are what an argument is. Source: Terraform language, terraform_data; aws provider, aws_ssm_parameter."""


KINDS = frozenset(kind for kind, _ in _SAME)
"""Types whose resources hand on whatever they are given."""


def same(kind: str, name: str) -> str | None:
    """The argument that a computed attribute is, once it is applied."""
    return _SAME.get((kind, name))


def echoed(kind: str, name: str, arguments: Iterable[str]) -> tuple[str, ...]:
    """The arguments of a resource that a computed attribute may hand on: that it is, or after which it is called, as `tags_all`."""
    if (kind, name) in _SAME:
        return tuple(one for one in arguments if one == _SAME[kind, name])
    if name in NAMING:
        return ()
    return tuple(one for one in arguments if name.endswith(f"_{one}") or name.startswith(f"{one}_"))
