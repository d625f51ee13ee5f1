"""What a live scan tells: every attribute and type that readers ask for. What it does not tell is not collected, never absent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.model import Collection, Outcome, Record, Related, Unknown, Why
from cloudaudit.model.names import NAMING
from cloudaudit.policy import Policy
from cloudaudit_aws import cloudformation, prefix_lists
from tests.laws.fixture_audits import asked, names_of, outcomes, with_value

ATTRIBUTES = {
    ("aws_s3_bucket", "bucket_region"): "told by its former name, region",
    ("aws_db_parameter_group", "family"): "asked for the engine of a database, which a live one names",
    ("aws_rds_cluster_parameter_group", "family"): "asked for the engine of a database, which a live one names",
}
OF_EVERY_TYPE = {"tags", "tags_all", "labels", "effective_labels", *NAMING}
"""What any record is named, and its environment told, by: no type has all of them."""

TYPES = {
    "aws_ebs_encryption_by_default": "asked for a volume that is yet to be made",
    "aws_ebs_default_kms_key": "asked for the key of a volume that is yet to be made",
    "aws_ebs_snapshot_copy": "asked of a configuration: in the cloud it is a snapshot",
    **dict.fromkeys(
        prefix_lists.RELATED, "asked for what is declared of a list, beside what it may hold: in the cloud it may hold anything"
    ),
    **dict.fromkeys(cloudformation.TYPES, "asked of a configuration: in the cloud it is what it makes"),
}
RULES = Policy().environments.rules()


def stands(record: Record, path: tuple[str | int, ...]) -> bool:
    value: Any = record.values
    for step in path:
        if isinstance(value, Unknown) or value is None:
            return True
        if isinstance(value, list):
            value = value[int(step)]
        elif step not in value:
            return False
        else:
            value = value[step]
    return True


def test_readers_are_told_the_attributes_that_they_ask_for(baseline: Collection) -> None:
    untold = {
        (record.type, ".".join(names_of(path)))
        for record, paths in zip(baseline.records, asked(baseline), strict=True)
        for path in paths
        if not stands(record, path) and path[0] not in OF_EVERY_TYPE
    }
    assert untold - set(ATTRIBUTES) == set()


def test_readers_are_told_the_types_that_they_ask_for(baseline: Collection) -> None:
    assert baseline.listed is not None
    readers = [reader for record in baseline.records if (reader := plugins.reader_of(record.type)) is not None]
    assert {kind for reader in readers for kind in reader.related} - baseline.listed == set(TYPES)


def test_what_no_table_tells_is_not_collected(baseline: Collection) -> None:
    volume = next(record for record in baseline.records if record.type == "aws_ebs_volume")
    found = volume.flag("multi_attach_enabled")
    assert isinstance(found, Unknown)
    assert (found.why, found.cause) == (Why.NOT_COLLECTED, "not visible here: a live scan does not read multi_attach_enabled")
    companions = Related(baseline, RULES).companions(volume, "aws_volume_attachment", "volume_id")
    assert companions.doubt is not None
    assert companions.doubt.why is Why.NOT_COLLECTED
    partial = msgspec.structs.replace(baseline, listed=None)
    assert Related(partial, RULES).companions(volume, "aws_volume_attachment", "volume_id").doubt is None


WHYS = (Why.DENIED, Why.NOT_COLLECTED, Why.UNRESOLVED, Why.COMPUTED, Why.UNSUPPORTED)


def left_to_others(source: Collection) -> list[str]:
    """Where an unknown value makes a verdict of a live scan NOT_APPLICABLE: there is nobody else to judge it."""
    told = outcomes(source, source.records)
    found = []
    for index, paths in enumerate(asked(source)):
        record = source.records[index]
        for number, path in enumerate(sorted(paths, key=str)):
            if not stands(record, path):
                continue
            unknown: Unknown[Any] = Unknown(WHYS[number % len(WHYS)], "the law hides it", references=("somewhere.else",))
            now = outcomes(source, with_value(source, index, path, unknown))
            found += [
                f"{record.address}.{path}: {pair}"
                for pair, outcome in now.items()
                if outcome is Outcome.NOT_APPLICABLE and told.get(pair) is not Outcome.NOT_APPLICABLE
            ]
    return found


def test_an_unknown_of_a_live_scan_is_never_left_to_others(baseline: Collection) -> None:
    assert left_to_others(baseline) == []


def test_the_law_catches_a_live_scan_that_leaves_a_key_to_others(baseline: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Related, "outside", lambda _self, missing, what: Unknown(Why.ELSEWHERE, what, missing.origin))
    assert left_to_others(baseline)
