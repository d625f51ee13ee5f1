"""The tables of a live source: which call lists what, and what of its answer is which attribute of Terraform's.

A table is data. It is found by its module: no registry names it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import ModuleType
from typing import Any

import msgspec

from cloudaudit.model import Facet
from cloudaudit.sources.live.shape import Condition, Item, Source

Feeds = tuple[type[Facet], ...]
"""The facets that rest on what a table tells."""


class Reach(StrEnum):
    """Where a listing is asked: in each region, or once for the account."""

    REGIONAL = "regional"
    GLOBAL = "global"


class Detail(msgspec.Struct, frozen=True, eq=False):
    """A read for one item. What it tells lands in the item's record; if it fails, exactly these attributes are Unknown.

    Details of an item are read in order. `when` says for which items; it sees the item and, under the operation's name, the
    answers that came before ("DescribeKey"). Where it does not apply, the attributes are absent.
    `absent` are the cloud's error codes that mean "there is none", `gone` those that mean that there is no such item any more:
    it is dropped if all of its details say so, needed or not.
    `more` and `feeds` as in `Listing`. `holds` are paths of the answer, each with a template of what stands there, alone or among
    others: an answer without it is not about the item that was asked for, or not all. `names` are paths that may be left out: what
    stands there is that text, or an ARN that ends in it.
    """

    call: str
    args: Mapping[str, Any]
    values: Mapping[str, Source] = {}
    observed: Mapping[str, Source] = {}
    absent: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    when: Condition | None = None
    more: str = ""
    holds: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    feeds: Feeds = ()

    @property
    def nameless(self) -> bool:
        """Whether no answer says which item it is about: one that was meant for another is believed."""
        return not (self.holds or self.names)


class Lookup(msgspec.Struct, frozen=True, eq=False):
    """A read that answers for many items at once: the tags of twenty load balancers, the meaning of every TLS policy.

    An item's part is the element under `each` whose `key` equals the item's `match`; an item without `match` is not asked for,
    nor one for which `when` does not hold: it sees the item and what has been told of it. It is asked in each region that has items.
    With `ids`, that argument takes up to `size` keys a call, and a key without an answer is a truncated answer;
    without it one call tells all, and a name that it does not know is absent.
    `singly` tells the same of one item: for an item that is alone in its region or in a region that is not known, and where the
    answer for many cannot be had.
    """

    call: str
    each: str
    key: str
    match: Source
    values: Mapping[str, Source] = {}
    observed: Mapping[str, Source] = {}
    args: Mapping[str, Any] = {}
    ids: str = ""
    size: int = 20
    when: Condition | None = None
    singly: Detail | None = None
    feeds: Feeds = ()


class Named(msgspec.Struct, frozen=True, eq=False):
    """Where resources name others: `by` type, the attributes that hold a name, as paths through nested blocks.

    A name is what `pattern` matches. Its groups are parts of the item, beside {name}: `of_partition`, and, where it tells them,
    `owner` (an account) and `place` (a region, where it is asked).
    """

    pattern: re.Pattern[str]
    by: Mapping[str, tuple[str, ...]]


class Listing(msgspec.Struct, frozen=True, eq=False):
    """All resources of one type: a call, where its items are, who each is, and what it says in Terraform's words.

    Templates (`id`, `args`) may name the item's fields, {partition}, {account}, {region} and, in a nested listing, {parent.Field}.
    `each` is the path of the items; empty means that the answer itself is the one item.
    `per` nests: asked once for each item of another listing that fulfils `when`, with that item as {parent}. Without a `call`
    the items lie inside the other listing's items already. `region` names the attribute that holds the item's own region.
    `kind` gives the type that an item really is, for calls that mix types: other types are counted as not read; "" is no resource.
    `own` says whether an item of a nested listing is of the one that it was asked for; another one's is not taken for its own.
    `owner` is the path of the account that an item belongs to, where that may be another one.
    `tells` are Terraform's types for what an item says itself: its split forms (`aws_s3_bucket_policy`), other names of the type.
    `home` is, by partition, the region where a global listing tells more than elsewhere: it is asked there first.
    `more` is where a page says that others follow: one that says so and is the last is not all.
    `filled`: there is always one at least, an answer without any is incomplete.
    `named` is instead of a call: the items are those that resources name and no listing brings, of another account or a region that
    is not looked at. They are there to be referred to, and judged where they live; one that may not be read is no gap: what names it
    says so.
    `feeds` are the facets, of whatever resource, that rest on what it tells; none named are all. It is not asked if none is judged.
    """

    type: str
    each: str
    id: str
    values: Mapping[str, Source]
    call: str = ""
    args: Mapping[str, Any] = {}
    observed: Mapping[str, Source] = {}
    details: tuple[Detail, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    reach: Reach = Reach.REGIONAL
    region: str = ""
    per: Listing | None = None
    when: Condition | None = None
    own: Condition | None = None
    owner: str = ""
    kind: Callable[[Item], str] | None = None
    tells: tuple[str, ...] = ()
    filled: bool = False
    home: Mapping[str, str] = {}
    more: str = ""
    feeds: Feeds = ()
    named: Named | None = None

    @property
    def asked(self) -> str:
        """The operation that brings the items."""
        if self.named is not None:
            return self.details[0].call
        return self.call or (self.per.asked if self.per else "")

    @property
    def selective(self) -> bool:
        """Reads only those items that another listing points at: it can never say that one is missing."""
        return self.when is not None or not self.call or (self.per is not None and self.per.selective)

    @property
    def reads(self) -> tuple[Detail | Lookup, ...]:
        """All that is read beyond the listing itself."""
        singly = (lookup.singly for lookup in self.lookups if lookup.singly is not None)
        return (*self.details, *self.lookups, *singly)

    @property
    def calls(self) -> tuple[str, ...]:
        """Every operation that this table names."""
        return tuple(dict.fromkeys((*((self.call,) if self.call else ()), *(read.call for read in self.reads))))


def within(listing: Listing, listings: Iterable[Listing]) -> tuple[Listing, ...]:
    """The listing and all that are nested in it, at any depth."""
    everything = tuple(listings)
    nested = (inner for child in everything if child.per is listing for inner in within(child, everything))
    return (listing, *nested)


def tables(package: ModuleType) -> tuple[Listing, ...]:
    """Every table in the modules of a package, in the order of module and name."""
    found: dict[int, Listing] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        found |= {id(value): value for _, value in sorted(vars(module).items()) if isinstance(value, Listing)}
    return tuple(found.values())
