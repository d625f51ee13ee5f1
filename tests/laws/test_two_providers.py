"""A link by a name that is unique in an account and region only, and an account-wide default, hold in one place only.

Generated: each record of a fixture is moved to a provider configuration of which it is not known where that works. What a link by
name to it, or from it, decided becomes UNKNOWN, or what it is without the link.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.model import Cipher, Collection, Encryption, Known, Origin, Outcome, Reader, Record, Related, Scope, Unknown, Why, reader
from tests.laws.fixture_audits import FIXTURES, ReaderOf, collection, outcomes

WORLDWIDE = ("aws_s3_bucket_",)
"""Companions whose links are names that are unique in the world, whatever the account."""

SCOPE = Scope("aws", Known(None), Known("eu-central-1"), configuration="aws")
ORIGIN = Origin("main.tf", 1)
ELSEWHERE: Unknown[Any] = Unknown(Why.UNRESOLVED, "the account of the provider is not known")


def moved(source: Collection, index: int) -> list[Record]:
    records = list(source.records)
    scope = msgspec.structs.replace(records[index].scope, account=ELSEWHERE, configuration="another")
    records[index] = msgspec.structs.replace(records[index], scope=scope)
    return records


def breaches(source: Collection, reader_of: ReaderOf = plugins.reader_of) -> Iterator[str]:
    """Verdicts on others that got better, or stayed good by a record that now works nobody knows where."""
    linked = outcomes(source, source.records, reader_of)
    for index, record in enumerate(source.records):
        if record.type.startswith(WORLDWIDE) or any(isinstance(value, Unknown) and value.is_ for value in record.values.values()):
            continue  # refers to others, which nothing about places changes
        without = outcomes(source, [*source.records[:index], *source.records[index + 1 :]], reader_of)
        found = outcomes(source, moved(source, index), reader_of)
        for pair, outcome in linked.items():
            decided = pair[0] != record.address and pair in without and without[pair] is not outcome
            by_reference = any(
                isinstance(value, Unknown) and value.is_ and value.is_.startswith(record.address + ".")
                for other in source.records
                for value in leaves(other.values)
            )
            if decided and not by_reference and outcome is Outcome.PASS and found[pair] is Outcome.PASS:
                yield f"{record.address} is elsewhere: {pair} is {found[pair]}, {without[pair]} without it"


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_rests_on_a_place_that_is_not_known_is_no_pass(folder: Path) -> None:
    found = list(breaches(collection(folder)))
    assert not found, "\n".join(found[:20])


@reader("aws_ebs_volume")
def anywhere(_record: Record, related: Related) -> tuple[Encryption]:
    """A mutant: it takes an account's default wherever it is declared."""
    declared = related._by_type["aws_ebs_encryption_by_default"]
    return (Encryption(Known(Cipher.AES_256 if declared else Cipher.NONE)),)


@pytest.mark.parametrize("mutant", [anywhere])
def test_the_law_catches_a_reader_that(mutant: Reader) -> None:
    source = Collection(
        "u",
        collection(FIXTURES[0]).kind,
        [
            Record("aws_ebs_encryption_by_default", "aws_ebs_encryption_by_default.on", None, SCOPE, {"enabled": True}, ORIGIN),
            Record("aws_ebs_volume", "aws_ebs_volume.v", None, SCOPE, {"availability_zone": "eu-central-1a"}, ORIGIN),
        ],
    )
    assert list(breaches(source, {"aws_ebs_volume": mutant}.get))
    assert not list(breaches(source))
