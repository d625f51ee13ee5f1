"""A link that cannot be followed makes UNKNOWN what it decides: no companion found is not the default, if one may hide.

Generated: each attribute of a fixture that refers to another resource of it is made opaque, in each way that Terraform has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.model import Collection, Known, Outcome, Reader, Record, Related, Transport, Unknown, Why, reader
from cloudaudit.model.facets import Plaintext
from cloudaudit.model.names import identifiers, may_be
from tests.laws.fixture_audits import FIXTURES, Outcomes, Path_, ReaderOf, asked, at, collection, outcomes, with_value
from tests.partial import partial

_FORMS = (
    "arn:aws:any:{region}:111111111111:{name}",
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/any/providers/Microsoft.Any/any/{name}",
    "projects/any/locations/{region}/any/{name}",
)


def _written(to: Record) -> Unknown[Any]:
    """One of two identifiers that are written out, of which one may be that of the record."""
    region = to.scope.region.value if isinstance(to.scope.region, Known) else ""
    texts = [form.format(region=region or "", name=name) for name in identifiers(to) if "/" not in name for form in _FORMS]
    meant = next((text for text in texts if may_be(text, to)), None)
    possible = (meant, meant + "-another") if meant is not None else ()
    return Unknown(Why.UNRESOLVED, "var.x has no default", references=("var.x",), possible=possible)


def _ending(to: Record) -> str:
    """In what a text must end to be the name of the record, where it has one."""
    return next((name[-1] for name in identifiers(to)), "-logs")


OPAQUE: dict[str, Callable[[Record], Unknown[Any]]] = {
    "a variable": lambda _: Unknown(Why.UNRESOLVED, "var.x has no default", references=("var.x",)),
    "a data source of the type": lambda to: Unknown(
        Why.COMPUTED, f"data.{to.type}.x.id", references=(f"data.{to.type}.x",), is_=f"data.{to.type}.x.id"
    ),
    "a choice between it and a variable": lambda to: Unknown(Why.UNRESOLVED, "var.x has no default", references=("var.x", to.address)),
    "a text made of another": lambda to: Unknown(
        Why.COMPUTED, f"{to.type}.zz.id", references=(f"{to.type}.zz",), partial=partial("${x}" + _ending(to))
    ),
    "one of two identifiers that are written out": _written,
}


CHOICE = "a choice between it and a variable"
LEFT_TO_OTHERS = {
    "encryption-key-usable": "a key that is passed in is judged where it is declared",
    "data-encrypted-at-rest": "whichever key a Google store is given, it is one of 256 bits: no other encrypts stores",
}
"""Checks for which a link that leads out of the configuration may say what a name that is not declared here says."""


def links(source: Collection, reader_of: ReaderOf) -> Iterator[tuple[int, Path_, Record]]:
    """The attributes that readers ask for and that refer to one resource of the fixture: index of the record, path, target."""
    owners = [record for record in source.records if reader_of(record.type) is not None]
    named = {name.lower(): record for record in owners for name in identifiers(record)}
    for index, paths in enumerate(asked(source, reader_of)):
        record = source.records[index]
        for path in sorted(paths, key=str):
            value = at(record.values, path)
            address = value.is_.rpartition(".")[0] if isinstance(value, Unknown) and value.is_ else ""
            by_name = named.get(value.lower()) if isinstance(value, str) and path[-1] != "name" else None
            target = next((other for other in source.records if other.address == address), by_name)
            if target is not None and target.type != record.type:
                yield index, path, target


def breaches(source: Collection, reader_of: ReaderOf = plugins.reader_of) -> Iterator[str]:
    linked = outcomes(source, source.records, reader_of)
    for index, path, target in links(source, reader_of):
        apart = outcomes(source, with_value(source, index, path, "nothing-that-is-here"), reader_of)
        for how, made in OPAQUE.items():
            found = outcomes(source, with_value(source, index, path, made(target)), reader_of)
            yield from (f"{source.records[index].address}.{path} is {how}: {what}" for what in decided(linked, apart, found, how))


def decided(linked: Outcomes, apart: Outcomes, found: Outcomes, how: str) -> Iterator[str]:
    """Where it matters what the link leads to, and its opaque form still gives a verdict, or loses the finding."""
    for pair in linked.keys() & apart.keys():
        now, certain = found.get(pair), {linked[pair], apart[pair]}
        if pair[1] in LEFT_TO_OTHERS and (how != CHOICE or linked[pair] is Outcome.PASS):
            certain.add(Outcome.NOT_APPLICABLE)
            matters = now not in {Outcome.UNKNOWN, apart[pair]} and now not in certain
        else:
            matters = now is not Outcome.UNKNOWN and linked[pair] is not apart[pair]
        if matters:
            yield f"{pair} is {now}, {linked[pair]} by the link and {apart[pair]} without"


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_an_opaque_link_decides_is_unknown(folder: Path) -> None:
    found = list(breaches(collection(folder)))
    assert not found, "\n".join(found[:20])


@reader("aws_s3_bucket")
def forgets(record: Record, related: Related) -> tuple[Transport]:
    """A mutant: it takes the companions that are found and forgets that there may be more."""
    policies = related.companions(record, "aws_s3_bucket_policy", "bucket").records
    return (Transport(Known(Plaintext.REFUSED if policies else Plaintext.ACCEPTED), Known(None)),)


@pytest.mark.parametrize("mutant", [forgets])
def test_the_law_catches_a_reader_that(mutant: Reader) -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == "s3_bucket")
    assert list(breaches(collection(folder), {"aws_s3_bucket": mutant}.get))
