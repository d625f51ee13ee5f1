"""Tags are read a hundred at a time, and one by one where that cannot be had: an answer that is not whole never means "no tags"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Collection, Outcome, Unknown
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.engine import collect
from tests.aws.conftest import ACCOUNT
from tests.aws.loopback import Asked, Loopback, send, serialised
from tests.aws.recorded import Recorded, answers
from tests.aws.test_faults import FAULTS, LISTINGS, STAND_INS

MANY, ONE = "resourcegroupstaggingapi:GetResources", "s3:GetBucketTagging"
HOME, ABROAD = "eu-central-1", "eu-west-1"


def bucket(name: str, region: str = HOME) -> dict[str, str]:
    return {"Name": name, "BucketRegion": region, "CreationDate": "2024-01-01T00:00:00Z"}


def tagged(name: str, **tags: str) -> dict[str, Any]:
    return {"ResourceARN": f"arn:aws:s3:::{name}", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tags(collection: Collection) -> dict[str, Any]:
    return {record.values["bucket"]: record.values["tags"] for record in collection.records if record.type == "aws_s3_bucket"}


def test_one_call_tells_the_tags_of_a_region_and_what_it_does_not_name_has_none(
    cloud: Loopback, scanned: Callable[..., Collection]
) -> None:
    cloud.says("s3:ListBuckets", Buckets=[bucket("a"), bucket("b"), bucket("c"), bucket("alone", ABROAD)])
    cloud.says(MANY, ResourceTagMappingList=[tagged("a", team="x", **{"aws:made-by": "y"}), tagged("c")], PaginationToken="", region=HOME)
    cloud.says(ONE, TagSet=[{"Key": "team", "Value": "far"}], region=ABROAD)
    collection = scanned()
    assert not collection.gaps
    assert tags(collection) == {"a": {"team": "x"}, "b": None, "c": {}, "alone": {"team": "far"}}
    assert (cloud.asked[MANY, HOME], cloud.asked[MANY, ABROAD]) == (1, 0), "one that is alone costs one call either way"
    assert (cloud.asked[ONE, HOME], cloud.asked[ONE, ABROAD]) == (0, 1)


def test_buckets_are_looked_for_where_they_are(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    """Of its own region alone an answer says what is not tagged; buckets are read in regions that are left out too."""
    cloud.regions(HOME, ABROAD)
    cloud.says("s3:ListBuckets", Buckets=[bucket("a", ABROAD), bucket("b", ABROAD)])
    cloud.says(MANY, ResourceTagMappingList=[tagged("b", team="x")], PaginationToken="", region=ABROAD)
    assert tags(scanned(regions=(HOME,))) == {"a": None, "b": {"team": "x"}}
    assert cloud.asked[MANY, HOME] == 0


def page(*names: str, token: str = "") -> Callable[[Asked, Any], None]:
    values = {"ResourceTagMappingList": [tagged(name, team="bulk") for name in names], "PaginationToken": token}
    return lambda asked, handler: send(handler, 200, serialised(asked, values))


def half(cloud: Loopback) -> None:
    """A second page that is refused."""
    cloud.refuses(MANY, "AccessDeniedException", status=400)
    cloud.on(MANY, page("a", token="more"), times=1)


PARTIAL: dict[str, Callable[[Loopback], None]] = {
    "denied": lambda cloud: cloud.refuses(MANY, "AccessDeniedException", status=400),
    "second page denied": half,
    "pages in a circle": lambda cloud: cloud.on(MANY, page("a", token="again")),
    "no list": lambda cloud: cloud.on(MANY, lambda _asked, handler: send(handler, 200, "{}")),
    "null": lambda cloud: cloud.says(MANY, ResourceTagMappingList=None),
    "a mapping without a name": lambda cloud: cloud.says(MANY, ResourceTagMappingList=[{"Tags": []}]),
    "HTML": lambda cloud: cloud.on(MANY, lambda _asked, handler: send(handler, 200, "<html>log in</html>")),
}


@pytest.mark.parametrize("fault", PARTIAL)
def test_what_is_not_whole_is_asked_for_one_by_one(fault: str, cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("s3:ListBuckets", Buckets=[bucket("a"), bucket("b")])
    cloud.says(ONE, TagSet=[{"Key": "team", "Value": "own"}])
    PARTIAL[fault](cloud)
    collection = scanned()
    assert not collection.gaps, "all is told"
    assert tags(collection) == {"a": {"team": "own"}, "b": {"team": "own"}}


def test_what_neither_tells_is_unknown(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("s3:ListBuckets", Buckets=[bucket("a"), bucket("b")])
    cloud.refuses(MANY, "AccessDeniedException", status=400)
    cloud.refuses(ONE, "AccessDenied")
    collection = scanned()
    assert [gap.what for gap in collection.gaps] == [f"{ONE} was refused in {HOME} for 2 aws_s3_bucket"]
    assert all(isinstance(value, Unknown) for value in tags(collection).values())


def test_a_bucket_whose_region_is_not_told_is_asked_itself(cloud: Loopback, scanned: Callable[..., Collection]) -> None:
    cloud.says("s3:ListBuckets", Buckets=[{"Name": name, "CreationDate": "2024-01-01T00:00:00Z"} for name in "ab"])
    cloud.refuses("s3:GetBucketLocation", "AccessDenied")
    cloud.says(ONE, TagSet=[{"Key": "team", "Value": "own"}])
    assert tags(scanned()) == {"a": {"team": "own"}, "b": {"team": "own"}}
    assert cloud.asked[MANY, HOME] == 0


def told(collection: Collection) -> list[Any]:
    """What is told, whether "no tags" is an empty set of them or none."""
    return [{**record.values, "tags": record.values.get("tags") or None} for record in collection.records]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_of_the_call_for_many_changes_nothing(
    fault: str, faults: Any, read: Callable[..., Collection], baseline: Collection
) -> None:
    FAULTS[fault][1](faults, MANY)
    collection = read()
    assert not collection.gaps
    assert told(collection) == told(baseline)


def test_nothing_is_judged_by_tags_that_can_be_minutes_behind() -> None:
    """Such an answer may miss a tag of just now: it must not decide a verdict."""

    def judged(late: bool) -> dict[tuple[str, str], Outcome]:
        told = answers()
        for call, kind in list(told):
            if call in STAND_INS.values() and late:
                told[call, kind] = {"ResourceTagMappingList": [], "PaginationToken": ""}
        inventory = read(collect(LISTINGS, Recorded(told), ACCOUNT), plugins.reader_of, Policy().environments.rules())
        found = audit(inventory, plugins.checks(), Policy(), plugins.reader_of)
        return {(finding.check, finding.subject.address): finding.outcome for finding in found}

    assert judged(late=True) == judged(late=False)
