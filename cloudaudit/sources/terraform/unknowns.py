"""What a plan does not know: `after_unknown` laid over the planned values, each leaf with what the configuration says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cloudaudit.model import Doubt, Unknown, Why
from cloudaudit.sources.terraform.document import as_list, as_mapping
from cloudaudit.sources.terraform.links import LIMIT, Links, Place, references

UNSET: Doubt = Unknown(Why.UNSET, "not set in the configuration")

EXPRESSION = {"references", "constant_value"}


class Source:
    """The part of a resource's configuration that a value comes from.

    `leaves` are expressions that give the value or one around it; `blocks` are nested blocks that may be the one it stands in.
    A plan shows no `dynamic` block: where there are more blocks than the configuration lists, `generated` says so, since
    an argument of such a block can be set without being listed.
    """

    __slots__ = ("_links", "_place", "blocks", "generated", "known", "leaves")

    def __init__(self, links: Links, place: Place, blocks: Sequence[Mapping[str, Any]], *, known: bool = True) -> None:
        self._links = links
        self._place = place
        self.blocks = blocks
        self.leaves: tuple[Mapping[str, Any], ...] = ()
        self.generated = False
        self.known = known

    def _part(self, blocks: Sequence[Mapping[str, Any]], leaves: tuple[Mapping[str, Any], ...], *, generated: bool) -> Source:
        part = Source(self._links, self._place, blocks, known=self.known)
        part.leaves = leaves
        part.generated = generated
        return part

    def below(self, name: str) -> Source:
        """The configuration of an attribute or nested block."""
        leaves = list(self.leaves)
        blocks: list[Mapping[str, Any]] = []
        for block in self.blocks:
            node = block.get(name)
            if isinstance(node, list):
                blocks.extend(item for item in node if isinstance(item, dict))
            elif isinstance(node, dict):
                (leaves if node.keys() <= EXPRESSION else blocks).append(node)
        return self._part(blocks, tuple(leaves), generated=self.generated)

    def element(self, value: Any, count: int) -> Source:
        """The configuration of one of `count` elements: the blocks whose constants do not contradict it.

        Not by index: a set of blocks stands in another order than its configuration.
        """
        if not isinstance(value, dict):
            return self
        if len(self.blocks) > LIMIT:
            return self._part((), self.leaves, generated=True)
        fitting = [block for block in self.blocks if not _contradicts(block, value)]
        generated = self.generated or (not self.leaves and (not fitting or len(self.blocks) != count))
        return self._part(fitting, self.leaves, generated=generated)

    def unknown(self, name: str) -> Unknown[Any]:
        """Why the value of this attribute is unknown, and what it rests on."""
        if not self.known:
            return Unknown(Why.COMPUTED, name)
        if not self.leaves and not self.blocks:
            return Unknown(Why.COMPUTED, f"{name}, in a generated block") if self.generated else UNSET
        if self.leaves and all(self._is_null(leaf) for leaf in self.leaves):
            return UNSET
        names = tuple(item for leaf in self.leaves for item in references(leaf))
        if not names:
            return Unknown(Why.COMPUTED, name)
        trace = self._links.trace(names, self._place)
        if trace.may_be_written:
            return Unknown(Why.UNRESOLVED, f"{name} = {names[0]}, which is known only after apply", references=trace.targets)
        return Unknown(Why.COMPUTED, f"{name} = {names[0]}", references=trace.targets)

    def _is_null(self, leaf: Mapping[str, Any]) -> bool:
        """Whether an expression sets nothing. A value that is known before apply can only be unknown after it where it is null."""
        if "constant_value" in leaf:
            return leaf["constant_value"] is None
        return self._links.trace(references(leaf), self._place).null


def _contradicts(block: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    for name, node in block.items():
        constant = node.get("constant_value") if isinstance(node, dict) else None
        given = value.get(name)
        scalar = isinstance(constant, str | int | float) and isinstance(given, str | int | float)
        if scalar and str(constant).lower() != str(given).lower():
            return True
    return False


def overlaid(value: Any, unknown: Any, source: Source, name: str = "") -> Any:
    """The value with an Unknown wherever `after_unknown` says true; the same object where it says so nowhere."""
    if unknown is True:
        return source.unknown(name)
    if isinstance(value, Unknown) or not _any(unknown):
        return value
    if isinstance(unknown, dict) and (value is None or isinstance(value, dict)):
        changed = dict(value or {})
        for key, mark in unknown.items():
            if _any(mark):
                changed[key] = overlaid(changed.get(key), mark, source.below(key), key)
        return changed
    if isinstance(unknown, list) and (value is None or isinstance(value, list)):
        items = list(value or ())
        items.extend([None] * (len(unknown) - len(items)))
        for index, mark in enumerate(unknown):
            if _any(mark):
                items[index] = overlaid(items[index], mark, source.element(items[index], len(items)), name)
        return items
    return source.unknown(name)


def _any(unknown: Any) -> bool:
    if isinstance(unknown, dict):
        return any(_any(mark) for mark in unknown.values())
    if isinstance(unknown, list):
        return any(_any(mark) for mark in unknown)
    return unknown is True


def inferred(value: Any, blocks: Sequence[Any]) -> Any:
    """The `after_unknown` of a plan that has none: what the configuration computes and the planned values leave out."""
    marks: dict[str, Any] = {}
    values = as_mapping(value)
    for block in map(as_mapping, blocks):
        for name, node in block.items():
            given = values.get(name)
            if isinstance(node, list) and node and isinstance(given, list):
                marks[name] = [inferred(item, node) for item in given] if len(node) <= LIMIT else True
            elif given is None and (as_list(node) or (isinstance(node, dict) and "constant_value" not in node)):
                marks[name] = True
    return marks
