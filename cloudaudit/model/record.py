"""Record: one resource as one source tells it, in Terraform's shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from cloudaudit.model.attr import Attr, Doubt, Known, Origin, Unknown, Why
from cloudaudit.model.conversion import as_flag, as_number, as_strings, as_text, blocks_of_several, converted, elements_of, of_several
from cloudaudit.model.scope import Scope

T = TypeVar("T")

_LISTS = (list, tuple)


class Block:
    """A view of nested values, in Terraform's shape, at a place in a record; of a block of which nothing is known, why that is so."""

    __slots__ = ("path", "record", "values")

    def __init__(self, record: Record, values: Mapping[str, Any] | Doubt, path: str) -> None:
        self.record = record
        self.values = values
        self.path = path

    def __repr__(self) -> str:
        return f"Block({self.record.address}, {self.path})"

    @property
    def origin(self) -> Origin:
        return self.record.origin_of(self.path)

    def at(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[Any]:
        """The value at a dotted path. A list of one block is entered; several are Unknown: use `blocks`.

        A missing attribute is `Known(None)` in a configuration: whether a default stands in its place is the reader's knowledge.
        Elsewhere it is what the record says of what is not told (`Record.untold`). `formerly` is the name that older versions of
        the provider have for it. `since` and `until` are the first and the last major version of which every release knows it:
        a file that a provider outside of these wrote cannot tell it, and it could not be set.
        """
        found = self._told(path)
        if formerly:
            older = self._told(formerly)
            found = older if found is None else found if older is None else found.or_else(older)
        return found if found is not None else self._untold(path, since, until)

    def _untold(self, path: str, since: int, until: int) -> Attr[Any]:
        """What an attribute is that stands nowhere."""
        untold, majors = self.record.untold, self.record.majors
        full = f"{self.path}.{path}" if self.path else path
        foreign = (since and (majors is None or majors[0] < since)) or (until and (majors is None or majors[1] > until))
        if untold is None or (foreign and untold.why is Why.UNRECORDED):
            return Known(None, self.record.origin_of(full))
        return Unknown(untold.why, untold.detail.replace("{}", full), self.record.origin_of(full))

    def _told(self, path: str) -> Attr[Any] | None:
        """The value at a path; None where nothing is told of it."""
        value: Any = self.values
        if type(value) is dict and "." not in path:  # nearly all
            return self._attr(value[path], f"{self.path}.{path}" if self.path else path) if path in value else None
        walked = self.path
        for name in path.split("."):
            if isinstance(value, _LISTS):
                if len(value) > 1:
                    several = f"{walked} has {len(value)} blocks where one is expected"
                    doubt: Doubt = Unknown(Why.UNSUPPORTED, several, self.record.origin_of(walked))
                    return self._inside(next((item for item in value if isinstance(item, Unknown)), doubt), walked, path)
                value = value[0] if value else None
            if isinstance(value, Unknown):
                return self._inside(value, walked, path)
            if value is None:
                break
            walked = f"{walked}.{name}" if walked else name
            if type(value) is not dict and not isinstance(value, Mapping):
                return Unknown(Why.UNSUPPORTED, f"{walked} has an unexpected shape", self.record.origin_of(walked))
            if name not in value:
                return None
            value = value[name]
        return self._attr(value, walked)

    def _inside(self, block: Unknown[Any], walked: str, path: str) -> Doubt:
        """A value inside a block of which nothing is known: a block left to the cloud may hold anything, unlike an attribute."""
        if block.why is Why.UNSET:
            return Unknown(Why.COMPUTED, f"{walked} holds {path}", block.origin or self.record.origin_of(walked), block.references)
        bare = block.bare
        return bare if bare.origin is not None else msgspec.structs.replace(bare, origin=self.record.origin_of(walked))

    def _attr(self, value: Any, path: str) -> Attr[Any]:
        origin = self.record.origin_of(path)
        if isinstance(value, Unknown):
            return value if value.origin is not None else msgspec.structs.replace(value, origin=origin)
        return Known(value, origin)

    def text(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[str | None]:
        """A string, or absent. An attribute that a plan leaves to the cloud counts as absent. Empty counts as absent. See `at`."""
        return self._scalar(path, self.at(path, formerly=formerly, since=since, until=until), as_text)

    def flag(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[bool | None]:
        """A boolean, or absent. Terraform's own conversions are honoured ("true"). See `at`."""
        return self._scalar(path, self.at(path, formerly=formerly, since=since, until=until), as_flag)

    def number(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[float | None]:
        """A number, or absent ("30" is 30). See `at`."""
        return self._scalar(path, self.at(path, formerly=formerly, since=since, until=until), as_number)

    def _scalar(self, path: str, attr: Attr[Any], convert: Callable[[Any], T | None]) -> Attr[T | None]:
        if isinstance(attr, Unknown) and attr.why is Why.UNSET:
            return Known(None, attr.origin)
        if isinstance(attr, Known):
            return attr if attr.value is None else converted(attr.value, convert, path, attr.origin)
        return attr.read_as(lambda value: converted(value, convert, path, attr.origin))

    def strings(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[str, ...]]:
        """A list or set of strings; absent is empty. One unknown element makes the whole Unknown: see `elements`. See `at`."""
        attr = self.at(path, formerly=formerly, since=since, until=until)
        if isinstance(attr, Unknown) and attr.why is Why.UNSET:
            return Known((), attr.origin)
        return attr.read_as(lambda value: as_strings(value, path, attr.origin))

    def elements(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[Attr[str | None], ...]]:
        """The elements of a list or set of strings, each a fact of its own: one that is not known hides no other. See `at`.

        Unknown as a whole where not even how many there are is known. Of a list that is one of several, what all of these hold is
        known, and the rest is one element that is any of the others; None among them says that there may be none.
        """
        attr = self.at(path, formerly=formerly, since=since, until=until)
        if isinstance(attr, Known):
            return Known(elements_of(attr.value, path, attr.origin), attr.origin)
        if attr.why is Why.UNSET:
            return Known((), attr.origin)
        several = [elements_of(candidate, path, attr.origin) for candidate in attr.possible]
        if not several or any(isinstance(element, Unknown) for elements in several for element in elements):
            return attr.bare
        lists = [[element.value for element in elements if isinstance(element, Known)] for elements in several]
        return Known(of_several(lists, attr.bare), attr.origin)

    def blocks(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[Block, ...]]:
        """The nested blocks at a path, those that are known in order; absent is empty. See `at`.

        What is not known beside them is, as in a plan, one more block, of which nothing is known, at the end. It stands for any
        number of blocks: a reader must not hold the first for the only one. Unknown as a whole where no block is known.
        """
        attr = self.at(path, formerly=formerly, since=since, until=until)
        full = f"{self.path}.{path}" if self.path else path
        value = attr.value if isinstance(attr, Known) else blocks_of_several(attr)
        items: Sequence[Any] = value if isinstance(value, list | tuple) else [] if value is None else [value]
        views: list[Block] = []
        hidden: list[tuple[Doubt, str]] = []
        for index, item in enumerate(items):
            place = f"{full}[{index}]"
            if isinstance(item, Mapping):
                views.append(Block(self.record, item, place))
            elif isinstance(item, Unknown):
                hidden.append((item.bare, place))
            elif item is not None:
                hidden.append((Unknown(Why.UNSUPPORTED, f"{full} has an unexpected shape", attr.origin), place))
        if hidden and not views:
            return self._attr(hidden[0][0], full)
        return Known((*views, *(Block(self.record, doubt, place) for doubt, place in hidden)), attr.origin)


IgnoredPath = tuple[str | int, ...]


class Record(msgspec.Struct, frozen=True, eq=False):
    """One resource as one source tells it: Terraform's type, Terraform's attribute names.

    `values` holds plain JSON values, nested blocks as lists of mappings; any leaf or branch can be an `Unknown`.
    `observed` holds what only the cloud can tell and Terraform has no attribute for.
    `origins` maps attribute paths (`versioning[0].enabled`) to the place each was read; the rest fall back to `origin`.
    `unit` is the unit of work that it belongs to: a Terraform root, a state file, an account.
    `presence` says why it is not known whether there is one such resource, or many, or none (an unknown `count`): the record
    stands for all of them. What it says holds for each; that it exists does not follow.
    `report`: the cloud told it, of what is there (a live answer, a state, what a plan leaves in place). There, null means that the
    service was told nothing; a default of Terraform's never stands in its place.
    `ignored` are the attributes that `ignore_changes` names, as paths; `("*",)` is all of them.
    `untold` is why nothing is known of a name that stands nowhere in `values`, at any depth, with {} for the name; None: it is
    known to be absent.
    `configured` are the names that a plan's configuration sets, where it tells: any other that is known is what was, before the plan.
    A `bystander` is there for others to refer to: it is of another account or region, and judged where it lives.
    `majors` are the oldest and the newest major version that its provider may have, where a source bounds them.
    """

    type: str
    address: str
    id: str | None
    scope: Scope
    values: Mapping[str, Any]
    origin: Origin
    observed: Mapping[str, Any] = {}
    origins: Mapping[str, Origin] = {}
    unit: str = ""
    presence: Doubt | None = None
    report: bool = False
    ignored: tuple[IgnoredPath, ...] = ()
    untold: Doubt | None = None
    majors: tuple[int, int] | None = None
    configured: frozenset[str] | None = None
    bystander: bool = False

    def origin_of(self, path: str) -> Origin:
        """The place where the value at `path`, or the nearest block around it, was read."""
        found, step = self.origin, path if self.origins else ""
        while step:
            exact = self.origins.get(step)
            if exact is not None:
                found = exact
                break
            cut = max(step.rfind("."), step.rfind("["))
            step = step[:cut] if cut > 0 else ""
        return Origin(found.file, found.line, found.call, path or None)

    @property
    def body(self) -> Block:
        return Block(self, self.values, "")

    def at(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[Any]:
        """See `Block.at`."""
        return self.body.at(path, formerly=formerly, since=since, until=until)

    def text(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[str | None]:
        """See `Block.text`."""
        return self.body.text(path, formerly=formerly, since=since, until=until)

    def flag(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[bool | None]:
        """See `Block.flag`."""
        return self.body.flag(path, formerly=formerly, since=since, until=until)

    def number(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[float | None]:
        """See `Block.number`."""
        return self.body.number(path, formerly=formerly, since=since, until=until)

    def strings(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[str, ...]]:
        """See `Block.strings`."""
        return self.body.strings(path, formerly=formerly, since=since, until=until)

    def elements(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[Attr[str | None], ...]]:
        """See `Block.elements`."""
        return self.body.elements(path, formerly=formerly, since=since, until=until)

    def blocks(self, path: str, *, formerly: str = "", since: int = 0, until: int = 0) -> Attr[tuple[Block, ...]]:
        """See `Block.blocks`."""
        return self.body.blocks(path, formerly=formerly, since=since, until=until)

    def seen(self, path: str) -> Attr[Any]:
        """What only the cloud can tell, at a path of `observed`: in Terraform ELSEWHERE, in an answer that leaves it out NOT_COLLECTED."""
        if path.partition(".")[0] not in self.observed:
            why = Why.NOT_COLLECTED if self.origin.call is not None else Why.ELSEWHERE
            return Unknown(why, f"{path} is known to the live cloud only", self.origin)
        return Block(self, self.observed, "").at(path)
