"""Random facts, facets and resources."""

from __future__ import annotations

from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from cloudaudit import plugins
from cloudaudit.model import Attr, Facet, Known, Resource, Rule, Scope, Unknown, Why
from cloudaudit.model.facets import Location, Peer

REGIONS = (("eu-central-1", "EU", "DE"), ("eu-west-2", "adequacy", "GB"), ("us-east-1", "adequacy", "US"), ("xx", "unproven", None))
CIDRS = ("0.0.0.0/0", "::/0", "10.0.0.0/8", "0.0.0.0/1", "198.51.100.7/32", "not a cidr")

unknowns = st.builds(Unknown, st.sampled_from(list(Why)), st.sampled_from(["var.x", "s3:GetBucketPolicy", ""]))
locations = st.sampled_from(REGIONS).map(lambda row: Location(*row))
peers = st.one_of(
    st.sampled_from(CIDRS).map(lambda cidr: Peer(cidr=cidr)), st.just(Peer(name="group")), st.just(Peer(name="pl-1", opaque=True))
)
_SPECIAL: dict[type, st.SearchStrategy[Any]] = {
    Location: locations,
    Peer: peers,
    float: st.sampled_from([0.0, 1.0, 29.0, 30.0, 35.0, 36.0, 400.0, float("inf")]),
    int: st.sampled_from([0, 22, 443, 5432, 65535]),
    str: st.sampled_from(["production", "development", "tcp", "any"]),
    bool: st.booleans(),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Known values of an annotated type."""
    if annotation in _SPECIAL:
        return _SPECIAL[annotation]
    if annotation is type(None):
        return st.none()
    if fact_type(annotation) is not None:
        return attrs(annotation, unknown=True)
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return st.one_of(*(values(part) for part in get_args(annotation)))
    if origin is tuple:
        return st.lists(values(get_args(annotation)[0]), max_size=3).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if annotation is Rule:
        return structs(Rule)
    raise AssertionError(annotation)


def fact_type(annotation: Any) -> Any:
    """T of an annotation Attr[T]; None if it is not a fact."""
    parts = get_args(annotation)
    known = [part for part in parts if get_origin(part) is Known]
    return get_args(known[0])[0] if known else None


def attrs(annotation: Any, unknown: bool) -> st.SearchStrategy[Attr[Any]]:
    known = values(fact_type(annotation)).map(Known)
    return st.one_of(known, unknowns) if unknown else known


@st.composite
def structs(draw: st.DrawFn, kind: type[Any], unknown: bool = True) -> Any:
    """A facet or a rule with random facts."""
    hints = get_type_hints(kind)
    return kind(**{name: draw(attrs(hints[name], unknown)) for name in kind.__struct_fields__ if fact_type(hints[name]) is not None})


KINDS: tuple[type[Facet], ...] = tuple(sorted({kind for check in plugins.checks() for kind in check.needs}, key=lambda kind: kind.__name__))


@st.composite
def resources(draw: st.DrawFn, unknown: bool = True) -> Resource:
    """A resource with every facet."""
    facets = {kind: draw(structs(kind, unknown)) for kind in KINDS}
    environment = draw(attrs(Known[str | None] | Unknown, unknown))
    address = draw(st.sampled_from(["aws_s3_bucket.a", "aws_s3_bucket.b"]))
    return Resource("aws_s3_bucket", address, None, Scope("aws"), facets, environment)


def with_fact(resource: Resource, kind: type[Facet], name: str, attr: Attr[Any]) -> Resource:
    facets = dict(resource.facets)
    facets[kind] = msgspec.structs.replace(facets[kind], **{name: attr})
    return msgspec.structs.replace(resource, facets=facets)
