"""Check: a pure function from facets and policy to a verdict."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import get_type_hints

import msgspec

from cloudaudit.model import Facet, Resource, Verdict
from cloudaudit.model.control import Control, Severity
from cloudaudit.policy.schema import Policy


class Check(msgspec.Struct, frozen=True):
    """A rule: what it is called, what it needs, and the function that judges."""

    id: str
    control: Control
    severity: Severity
    clauses: tuple[str, ...]
    title: str
    description: str
    fix: str
    needs: tuple[type[Facet], ...]
    function: Callable[..., Verdict]
    parameters: tuple[type, ...]
    module: str

    def applies_to(self, resource: Resource) -> bool:
        """Whether the resource has all the facets that the check needs."""
        facets = resource.facets
        return all(kind in facets for kind in self.needs)

    def verdict(self, resource: Resource, policy: Policy) -> Verdict:
        """Judge one resource. Whatever the function raises comes through."""
        arguments: list[object] = []
        for kind in self.parameters:
            if kind is Resource:
                arguments.append(resource)
            elif kind is Policy:
                arguments.append(policy)
            else:
                arguments.append(resource.facets[kind])
        return self.function(*arguments)


def check(check_id: str, *, control: Control, severity: Severity, clauses: tuple[str, ...]) -> Callable[[Callable[..., Verdict]], Check]:
    """Declare a check. Annotations of the parameters say what it needs: facets, `Resource`, `Policy`.

    The docstring is the documentation: a title sentence, why it matters, and a paragraph that begins with `Fix:`.
    """

    def declare(function: Callable[..., Verdict]) -> Check:
        hints = get_type_hints(function)
        hints.pop("return", None)
        parameters = tuple(hints.values())
        needs = tuple(kind for kind in parameters if isinstance(kind, type) and issubclass(kind, Facet))
        rest = [kind for kind in parameters if kind not in needs and kind not in {Resource, Policy}]
        if rest or not needs:
            raise TypeError(f"{function.__module__}: parameters must be facets, Resource or Policy, and one a facet; got {parameters}")
        title, description, fix = _parts(inspect.getdoc(function) or "", function.__module__)
        return Check(check_id, control, severity, clauses, title, description, fix, needs, function, parameters, function.__module__)

    return declare


def _parts(text: str, module: str) -> tuple[str, str, str]:
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n") if paragraph.strip()]
    fixes = [paragraph for paragraph in paragraphs if paragraph.startswith("Fix:")]
    if len(paragraphs) < 3 or len(fixes) != 1:
        raise TypeError(f"{module}: the docstring needs a title, a paragraph why, and one that begins with Fix:")
    why = " ".join(paragraph for paragraph in paragraphs[1:] if paragraph not in fixes)
    return paragraphs[0].rstrip("."), why, fixes[0].removeprefix("Fix:").strip()
