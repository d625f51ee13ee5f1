"""A text of which a part is not known is no text: the verdict is what every substitution gives, or UNKNOWN.

Generated: in every text that a reader asks for in a fixture, and in every text within a JSON document of one, the whole, the beginning,
the end or the middle is something that only a data source knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.model import Collection, Known, Outcome, Placement, Reader, Record, Related, Unknown, Why, placeholder, reader
from cloudaudit.model.facets import Location
from tests.laws.fixture_audits import (
    FIXTURES,
    Outcomes,
    Path_,
    ReaderOf,
    asked,
    at,
    changed,
    collection,
    names_of,
    outcomes,
    with_value,
)
from tests.laws.sampling import seed

HOLE = placeholder("data.x_y.z.value")
ACCEPTED: Mapping[tuple[str, str], str] = {
    ("aws_ebs_volume availability_zone", "data-in-allowed-jurisdiction"): "a zone lies in the region of its provider, whichever it is",
    ("aws_security_group ingress.protocol", "sensitive-ports-closed-to-world"): "Terraform refuses ports beside the protocol of all",
    (
        "azurerm_storage_account_customer_managed_key key_name",
        "encryption-key-usable",
    ): "a key that is passed in is judged where it is declared",
    **dict.fromkeys(
        [(f"{kind} engine_version", "tls-minimum-version") for kind in ("aws_db_instance", "aws_rds_cluster")],
        "AWS refuses a version that is not of the parameter group's family, and all of that accept the same",
    ),
}
"""(type and attribute, check): why a text of unknown parts decides nothing there."""


def holes(text: str) -> list[str]:
    """The text with a hole for all of it, its beginning, its end, its middle."""
    third = len(text) // 3
    return [HOLE, HOLE + text[third:], text[: len(text) - third] + HOLE, text[:third] + HOLE + text[len(text) - third :]]


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif isinstance(value, str):
        yield path, value


def partial_texts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Texts with one hole, each with what may stand in it: nothing, what stood there, what its siblings are, anything."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        yield from ((made, _filled(made, text, [])) for made in holes(text))
        return
    known = list(leaves(document))
    for path, leaf in known:
        siblings = [other for place, other in known if place != path]
        yield from ((json.dumps(changed(document, path, made)), _filled(made, leaf, siblings)) for made in holes(leaf))


def _filled(made: str, text: str, siblings: Sequence[str]) -> list[str]:
    before, _, after = made.partition(HOLE)
    stood = text[len(before) : len(text) - len(after)] if after else text[len(before) :]
    return list(dict.fromkeys(("", stood, "*", "other", *siblings)))


def texts(source: Collection, reader_of: ReaderOf) -> Iterator[tuple[int, Path_, str]]:
    for index, paths in enumerate(asked(source, reader_of)):
        for path in sorted(paths, key=str):
            value = at(source.records[index].values, path)
            if isinstance(value, str) and value:
                yield index, path, value


def breaches(source: Collection, reader_of: ReaderOf = plugins.reader_of, chosen: Random | None = None) -> Iterator[str]:
    """Texts with a hole that give another verdict; with `chosen` one hole in each text, at random."""
    told = outcomes(source, source.records, reader_of)
    for index, path, text in texts(source, reader_of):
        record = source.records[index]
        name = f"{record.type} {'.'.join(names_of(path))}"
        tried = list(partial_texts(text))
        for made, fills in tried if chosen is None else [chosen.choice(tried)]:
            unknown: Unknown[Any] = Unknown(Why.UNRESOLVED, "data.x_y.z", references=("data.x_y.z",), partial=made)
            found = outcomes(source, with_value(source, index, path, unknown), reader_of)
            each = [outcomes(source, with_value(source, index, path, made.replace(HOLE, fill)), reader_of) for fill in fills]
            yield from (
                f"{name} = {made[:80]}: {what}" for what in _wrong(told, found, each) if (name, what.partition(":")[0]) not in ACCEPTED
            )


def _wrong(told: Outcomes, found: Outcomes, each: Sequence[Outcomes]) -> Iterator[str]:
    for pair in told:
        now, certain = found.get(pair), {one.get(pair) for one in each}
        if now is not Outcome.UNKNOWN and certain != {now}:
            yield f"{pair[1]}: {pair[0]} is {now}, each filling gives {sorted(map(str, certain))}"


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_a_text_with_a_hole_is_what_every_filling_gives_or_unknown(folder: Path) -> None:
    found = list(breaches(collection(folder), chosen=Random(seed())))
    assert not found, "\n".join([f"seed {seed()}", *found[:20]])


@pytest.mark.slow
@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_every_hole_in_every_text(folder: Path) -> None:
    found = list(breaches(collection(folder)))
    assert not found, "\n".join(found[:20])


@reader("google_storage_bucket")
def reads_what_is_there(record: Record, _related: Related) -> tuple[Placement]:
    """A mutant: it takes the part of a text that is known for all of it."""
    place = record.text("location")
    text = place.partial if isinstance(place, Unknown) else place.value
    home = Location("eu", "EU") if (text or "").upper().startswith("EU") else Location("us", "third_country", "US")
    return (Placement(Known(home)),)


@pytest.mark.parametrize("mutant", [reads_what_is_there])
def test_the_law_catches_a_reader_that(mutant: Reader) -> None:
    (folder,) = (folder for folder in FIXTURES if folder.name == "storage_bucket")
    assert list(breaches(collection(folder), {"google_storage_bucket": mutant}.get))
