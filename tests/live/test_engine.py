"""The engine over a made-up cloud: every way in which a read can fall short shows, and costs only itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Collection, CoverageStatus, Gap, Known, Origin, Record, Unknown, Why
from cloudaudit.sources.live import reading
from cloudaudit.sources.live.drafts import Account
from cloudaudit.sources.live.engine import collect
from cloudaudit.sources.live.needs import Needs
from cloudaudit.sources.live.permissions import calls, policy_document
from cloudaudit.sources.live.shape import Is, Maybe, Tags
from cloudaudit.sources.live.table import Detail, Listing, Lookup, Reach
from cloudaudit.sources.live.transport import CallError, Deadline

ACCOUNT = Account("cloud", "42", "home", ("home", "away"), origin=Origin(call="cloud:WhoAmI"))

SHELVES = Listing(
    "cloud_shelf",
    call="store:ListShelves",
    each="Shelves",
    id="{account}/{region}/{Name}",
    values={"name": "Name", "locked": Maybe("Lock.On")},
    observed={"made": Maybe("Made")},
    details=(
        Detail("store:GetOwner", {"Name": "{Name}"}, {"owner": "Owner"}, absent=("NoOwner",), gone=("NoShelf",)),
        Detail(
            "store:GetAlarm",
            {"Name": "{Name}"},
            {"alarm": "Alarm"},
            {"rung": "Rung"},
            gone=("NoShelf",),
            when=lambda item: item.get("GetOwner") != {"Owner": "none"},
        ),
    ),
    lookups=(
        Lookup("store:ListTags", each="Tagged", key="Name", match="Name", values={"tags": Tags("Tags")}, ids="Names", size=2),
        Lookup("store:ListColours", each="Colours", key="Id", match="Colour", observed={"colour": "Title"}),
    ),
)
BOOKS = Listing(
    "cloud_book",
    per=SHELVES,
    call="store:ListBooks",
    args={"Shelf": "{parent.Name}"},
    each="Books",
    id="{parent.Name}/{Isbn}",
    values={"shelf": "parent.Name", "isbn": "Isbn"},
    kind=lambda item: {"book": "cloud_book", "leaf": ""}.get(item["Kind"], "cloud_map"),
)
PAGES = Listing(
    "cloud_page",
    per=BOOKS,
    when=Is("Open", True),
    call="store:ListPages",
    args={"Isbn": "{parent.Isbn}"},
    each="Pages",
    id="{No}",
    values={"no": "No"},
)
LABELS = Listing("cloud_label", per=SHELVES, each="Labels", id="{region}/{Text}", values={"text": "Text"})
OWNERS = Listing("cloud_owner", call="people:ListOwners", each="", id="{account}/owners", values={"names": "Names[]"}, reach=Reach.GLOBAL)
TABLES = (SHELVES, BOOKS, PAGES, LABELS, OWNERS)

Answer = Any


class Cloud:
    """A transport whose answers stand in a dictionary, by operation, or by operation and one argument."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = ANSWERS | answers
        self.asked: Counter[str] = Counter()

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        name = call.partition(":")[2]
        self.asked[name] += 1
        answer = self.answers.get(f"{name} {next(iter(args.values()), None)}", self.answers.get(f"{name} {region}", self.answers.get(name)))
        for page in answer if isinstance(answer, list) else [answer]:
            if isinstance(page, Exception):
                raise page
            yield page(args) if callable(page) else page


class Refusing(Cloud):
    """Answers in no region of these."""

    def __init__(self, *regions: str, **answers: Answer) -> None:
        super().__init__(**answers)
        self.regions = regions

    def pages(self, call: str, args: Mapping[str, Any], region: str) -> Iterator[Any]:
        if region in self.regions:
            raise denied(call)
        yield from super().pages(call, args, region)


def tagged(args: Mapping[str, Any]) -> Any:
    return {"Tagged": [{"Name": name, "Tags": [{"Key": "at", "Value": name}, {"Key": "aws:own", "Value": "x"}]} for name in args["Names"]]}


ANSWERS: dict[str, Answer] = {
    "ListShelves": {"Shelves": []},
    "ListShelves home": {
        "Shelves": [
            {"Name": "a", "Lock": {"On": True}, "Made": "2020", "Labels": [{"Text": "x"}, {"Text": "y"}], "Colour": "r"},
            {"Name": "b", "Labels": [{"Text": "x"}]},
            {"Name": "c", "Colour": "unheard of", "Labels": []},
        ]
    },
    "GetOwner": {"Owner": "anna"},
    "GetAlarm": {"Alarm": "bell", "Rung": 3},
    "ListTags": [tagged],
    "ListColours": {"Colours": [{"Id": "r", "Title": "red"}]},
    "ListBooks": {"Books": []},
    "ListBooks a": {"Books": [{"Isbn": "1", "Kind": "book", "Open": True}, {"Isbn": "2", "Kind": "leaf"}, {"Isbn": "3", "Kind": "chart"}]},
    "ListPages": {"Pages": [{"No": 1}, {"No": 2}]},
    "ListOwners": {"Names": ["anna", "bert"]},
}


def denied(operation: str) -> CallError:
    return CallError(Why.DENIED, operation, f"{operation}-right", remedy=f"allow {operation}-right")


def read(cloud: Cloud | None = None, **options: Any) -> Collection:
    return collect(TABLES, cloud or Cloud(), ACCOUNT, **options)


def by_id(collection: Collection) -> dict[str, Record]:
    return {record.address: record for record in collection.records}


def rows(collection: Collection) -> dict[tuple[str, str | None], tuple[CoverageStatus, int]]:
    return {(row.type, row.region): (row.status, row.found) for row in collection.coverage}


def gap(collection: Collection, operation: str) -> Gap:
    (found,) = [gap for gap in collection.gaps if gap.origin.call == operation]
    return found


def test_a_record_holds_what_listing_details_and_lookups_told() -> None:
    shelf = by_id(read())["42/home/a"]
    assert shelf.values == {"name": "a", "locked": True, "owner": "anna", "alarm": "bell", "tags": {"at": "a"}}
    assert shelf.observed == {"made": "2020", "rung": 3, "colour": "red"}
    assert shelf.scope.region == Known("home")
    assert shelf.origin_of("locked").call == "store:ListShelves"
    assert shelf.origin_of("owner").call == "store:GetOwner"
    assert shelf.origin_of("tags.at").call == "store:ListTags"
    assert (shelf.unit, shelf.scope.account) == ("cloud:42", Known("42"))


def test_coverage_counts_every_type_in_every_place() -> None:
    assert rows(read()) == {
        ("cloud_shelf", "home"): (CoverageStatus.COMPLETE, 3),
        ("cloud_shelf", "away"): (CoverageStatus.COMPLETE, 0),
        ("cloud_book", "home"): (CoverageStatus.COMPLETE, 1),
        ("cloud_book", "away"): (CoverageStatus.COMPLETE, 0),
        ("cloud_map", "home"): (CoverageStatus.SKIPPED, 1),
        ("cloud_owner", None): (CoverageStatus.COMPLETE, 1),
    }, "selective tables (pages of open books, labels of shelves) cannot claim to be complete"


def test_items_inside_other_items_are_records_once() -> None:
    assert [record.values["text"] for record in read().records if record.type == "cloud_label"] == ["x", "y"]


def test_a_type_that_no_table_reads_is_counted_as_skipped() -> None:
    assert read().unread == {"cloud_map": 1}
    (row,) = [row for row in read().coverage if row.type == "cloud_map"]
    assert (row.status, row.found, row.why) == (CoverageStatus.SKIPPED, 1, Why.NOT_COLLECTED)
    assert row.detail == "store:ListBooks shows them, no table reads them"


def test_a_detail_that_is_refused_is_unknown_at_what_it_feeds_alone() -> None:
    before, after = by_id(read()), by_id(collection := read(Cloud(**{"GetAlarm a": denied("store:GetAlarm")})))
    shelf = after["42/home/a"]
    assert shelf.values["alarm"] == Unknown(Why.DENIED, "store:GetAlarm-right")
    assert shelf.values["alarm"].origin == Origin(call="store:GetAlarm")
    assert shelf.observed["rung"] == shelf.values["alarm"]
    assert {name: value for name, value in shelf.values.items() if name != "alarm"} == {
        name: value for name, value in before["42/home/a"].values.items() if name != "alarm"
    }
    assert after["42/home/b"].values == before["42/home/b"].values
    found = gap(collection, "store:GetAlarm")
    assert found.what == "store:GetAlarm was refused in home for 1 cloud_shelf"
    assert (found.references, found.types, found.remedy) == (("42/home/a",), ("cloud_shelf",), "allow store:GetAlarm-right")
    assert rows(collection) == rows(read()), "the listing itself is complete"


def test_many_refused_details_are_one_gap_with_a_count() -> None:
    found = gap(read(Cloud(GetAlarm=denied("store:GetAlarm"))), "store:GetAlarm")
    assert found.what == "store:GetAlarm was refused in home for 3 cloud_shelf"
    assert found.references == ("42/home/a", "42/home/b", "42/home/c")


def test_absent_is_a_fact_and_failed_is_not() -> None:
    shelves = by_id(
        read(
            Cloud(
                **{
                    "GetOwner a": CallError(Why.FAILED, "store:GetOwner", code="NoOwner"),
                    "GetOwner b": CallError(Why.FAILED, "store:GetOwner", code="Broken"),
                }
            )
        )
    )
    assert shelves["42/home/a"].text("owner") == Known(None)
    assert shelves["42/home/a"].text("owner").origin == Origin(call="store:GetOwner", attribute="owner")
    assert isinstance(shelves["42/home/b"].text("owner"), Unknown)


@pytest.mark.parametrize("where", ["listing", "detail"])
def test_an_empty_answer_is_a_gap_and_no_record_of_nothing(where: str) -> None:
    """Also where each of its parts may be left out: an answer has some."""
    default = Detail("vault:GetDefault", {}, observed={"encrypted": Maybe("Encrypted")})
    table = Listing("cloud_default", call="vault:GetDefault", each="", id="{account}", values={"encrypted": Maybe("Encrypted")})
    if where == "detail":
        table = Listing("cloud_default", call="vault:GetVault", each="", id="{account}", values={}, details=(default,))
    source = collect((table,), Cloud(GetDefault={}, GetVault={"Name": "v"}), ACCOUNT)
    assert [found.origin.call for found in source.gaps] == ["vault:GetDefault"]
    assert not any(record.values or not isinstance(record.observed["encrypted"], Unknown) for record in source.records)


@pytest.mark.parametrize("answer", [{}, {"Owner": None}, {"Owner": ""}, {"html": "Welcome to the hotel"}, "text", 17])
def test_an_answer_without_what_it_always_shows_is_not_taken_for_empty(answer: Any) -> None:
    shelf = by_id(read(Cloud(**{"GetOwner a": answer})))["42/home/a"]
    assert isinstance(shelf.text("owner"), Unknown)


def test_a_detail_that_does_not_apply_is_not_asked_for() -> None:
    cloud = Cloud(**{"GetOwner b": {"Owner": "none"}})
    shelf = by_id(read(cloud))["42/home/b"]
    assert cloud.asked["GetAlarm"] == 2
    assert shelf.values["alarm"] is None


def test_a_failed_listing_is_failed_coverage_for_it_and_all_within() -> None:
    collection = read(Cloud(**{"ListShelves home": denied("store:ListShelves")}))
    found = gap(collection, "store:ListShelves")
    assert found.what == "store:ListShelves was refused in home"
    assert (found.types, found.nested) == (("cloud_shelf",), ("cloud_book", "cloud_page", "cloud_label"))
    for kind in ("cloud_shelf", "cloud_book", "cloud_page", "cloud_label"):
        (row,) = [row for row in collection.coverage if (row.type, row.region) == (kind, "home")]
        assert (row.status, row.why, row.detail) == (CoverageStatus.FAILED, Why.DENIED, "store:ListShelves-right")
    assert rows(collection)["cloud_shelf", "away"] == (CoverageStatus.COMPLETE, 0)
    assert rows(collection)["cloud_owner", None] == (CoverageStatus.COMPLETE, 1)


def test_the_pages_before_an_error_stand() -> None:
    gone = CallError(Why.FAILED, "store:ListShelves", message="gone")
    collection = read(Cloud(**{"ListShelves home": [{"Shelves": [{"Name": "a", "Labels": []}]}, gone]}))
    assert "42/home/a" in by_id(collection)
    assert rows(collection)["cloud_shelf", "home"] == (CoverageStatus.PARTIAL, 1)
    assert rows(collection)["cloud_book", "home"] == (CoverageStatus.PARTIAL, 1), "books on shelves that were not seen"
    assert gap(collection, "store:ListShelves").what == "store:ListShelves did not answer in home: gone"


def test_a_nested_listing_fails_for_one_parent_alone() -> None:
    collection = read(Cloud(**{"ListBooks b": denied("store:ListBooks")}))
    assert "a/1" in by_id(collection)
    assert rows(collection)["cloud_book", "home"] == (CoverageStatus.PARTIAL, 1)
    found = gap(collection, "store:ListBooks")
    assert (found.references, found.types) == (("42/home/b",), ("cloud_book", "cloud_page"))
    assert found.what == "store:ListBooks was refused in home for 1 cloud_shelf"


@pytest.mark.parametrize("answer", [{"Shelves": "none"}, {"Shelves": 17}, {"Shelves": None}, {}, "text", None, 17, [1]])
def test_an_answer_of_another_shape_is_a_failed_listing(answer: Any) -> None:
    collection = read(Cloud(**{"ListShelves home": [answer]}))
    assert rows(collection)["cloud_shelf", "home"] == (CoverageStatus.FAILED, 0)
    assert gap(collection, "store:ListShelves").why is Why.UNSUPPORTED
    assert rows(collection)["cloud_owner", None] == (CoverageStatus.COMPLETE, 1)


@pytest.mark.parametrize("element", [None, 17, "text", [], {}, {"Name": None}, {"Name": {"deep": 1}}, {"Name": ""}])
def test_an_element_that_cannot_be_named_loses_only_itself(element: Any) -> None:
    collection = read(Cloud(**{"ListShelves home": {"Shelves": [element, {"Name": "b", "Labels": []}]}}))
    assert [address for address in by_id(collection) if address.startswith("42/home")] == ["42/home/b"]
    assert rows(collection)["cloud_shelf", "home"] == (CoverageStatus.PARTIAL, 1)
    assert gap(collection, "store:ListShelves").why is Why.UNSUPPORTED


def test_what_is_listed_twice_and_differently_is_not_known() -> None:
    """Pages shift while they are read. What both say of it stands."""
    before, after = ({"Name": "a", "Lock": {"On": on}, "Made": "2020", "Labels": []} for on in (True, False))
    for first, then in ((before, after), (after, before)):
        collection = read(Cloud(**{"ListShelves home": [{"Shelves": [first]}, {"Shelves": [then]}]}))
        record = by_id(collection)["42/home/a"]
        assert (record.values["name"], record.observed["made"], record.values["owner"]) == ("a", "2020", "anna")
        assert record.values["locked"].why is Why.TRUNCATED
        assert gap(collection, "store:ListShelves").references == ("42/home/a",)
    assert not read(Cloud(**{"ListShelves home": [{"Shelves": [before]}, {"Shelves": [before]}]})).gaps


def test_what_a_lookup_tells_twice_and_differently_is_not_known() -> None:
    collection = read(Cloud(ListColours={"Colours": [{"Id": "r", "Title": "red"}, {"Id": "r", "Title": "blue"}]}))
    assert by_id(collection)["42/home/a"].observed["colour"].why is Why.TRUNCATED


def test_what_the_listing_shows_and_the_detail_says_is_gone_is_dropped_and_counted() -> None:
    gone = {f"{detail} a": CallError(Why.FAILED, f"store:{detail}", code="NoShelf") for detail in ("GetOwner", "GetAlarm")}
    collection = read(Cloud(**gone))
    assert "42/home/a" not in by_id(collection)
    assert {"42/home/b", "42/home/c"} <= set(by_id(collection))
    (row,) = [row for row in collection.coverage if (row.type, row.region) == ("cloud_shelf", "home")]
    assert (row.status, row.found, row.detail) == (CoverageStatus.COMPLETE, 2, "1 was listed and gone when asked about")
    assert not collection.gaps


def test_an_item_without_the_list_that_lies_in_it_is_a_gap() -> None:
    collection = read(Cloud(**{"ListShelves home": {"Shelves": [{"Name": "a"}]}}))
    assert "42/home/a" in by_id(collection)
    found = gap(collection, "store:ListShelves")
    assert (found.types, found.references) == (("cloud_label",), ("42/home/a",))
    assert found.what.endswith("Labels is missing")


def test_a_global_listing_is_asked_where_it_tells_more_and_at_home_if_that_fails() -> None:
    table = Listing(
        "cloud_vault",
        call="store:ListVaults",
        each="Vaults",
        id="{Name}",
        values={"name": "Name"},
        observed={"asked_in": "region"},
        reach=Reach.GLOBAL,
        home={"p": "first"},
    )
    account = Account("cloud", "42", "home", ("home",), "p")
    answers = {"ListVaults": {"Vaults": [{"Name": "v"}]}}
    (vault,) = collect((table,), Cloud(**answers), account).records
    assert vault.seen("asked_in") == Known("first")
    elsewhere = collect((table,), Refusing("first", **answers), account)
    assert [record.seen("asked_in") for record in elsewhere.records] == [Known("home")]
    assert not elsewhere.gaps
    nowhere = collect((table,), Refusing("first", "home", **answers), account)
    assert [gap.types for gap in nowhere.gaps] == [("cloud_vault",)]


def test_an_attribute_of_another_shape_is_unknown_alone() -> None:
    collection = read(Cloud(**{"ListShelves home": {"Shelves": [{"Name": "a", "Lock": "on", "Made": "2020", "Labels": []}]}}))
    shelf = by_id(collection)["42/home/a"]
    assert shelf.values["locked"].why is Why.UNSUPPORTED
    assert shelf.observed["made"] == "2020"
    assert gap(collection, "store:ListShelves").references == ("42/home/a",)


def test_an_error_of_a_table_costs_only_what_it_worked_on() -> None:
    collection = read(Cloud(**{"ListBooks a": {"Books": [{"Isbn": "1"}, {"Isbn": "2", "Kind": "book"}]}}))
    assert [record.address for record in collection.records if record.type == "cloud_book"] == ["a/2"]
    found = gap(collection, "store:ListBooks")
    assert (found.why, found.references) == (Why.CRASHED, ("42/home/a",))
    assert "KeyError" in found.what


def test_lookups_ask_in_batches_and_once_where_one_answer_tells_all() -> None:
    cloud = Cloud()
    shelf = by_id(read(cloud))["42/home/c"]
    assert (cloud.asked["ListTags"], cloud.asked["ListColours"]) == (2, 1)
    assert shelf.observed["colour"] is None, "a name that the cloud does not know"
    assert by_id(read())["42/home/b"].observed["colour"] is None, "it has none"


def test_a_lookup_that_leaves_one_out_is_truncated() -> None:
    collection = read(Cloud(ListTags=[lambda args: tagged({"Names": [name for name in args["Names"] if name != "b"]})]))
    assert by_id(collection)["42/home/b"].values["tags"].why is Why.TRUNCATED
    assert by_id(collection)["42/home/a"].values["tags"] == {"at": "a"}


def test_one_that_a_lookup_rejects_does_not_fail_the_others() -> None:
    def answer(args: Mapping[str, Any]) -> Any:
        if "b" in args["Names"]:
            raise CallError(Why.FAILED, "store:ListTags", code="NoSuchShelf", message="NoSuchShelf")
        return tagged(args)

    shelves = by_id(collection := read(Cloud(ListTags=[answer])))
    assert shelves["42/home/a"].values["tags"] == {"at": "a"}
    assert shelves["42/home/b"].values["tags"].why is Why.FAILED
    assert gap(collection, "store:ListTags").references == ("42/home/b",)


def test_a_listing_without_end_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_PAGES", 3)
    endless = [{"Shelves": [{"Name": f"s{number}", "Labels": []}]} for number in range(9)]
    collection = read(Cloud(**{"ListShelves home": endless}))
    assert rows(collection)["cloud_shelf", "home"] == (CoverageStatus.PARTIAL, 3)
    assert gap(collection, "store:ListShelves").why is Why.TRUNCATED


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [("cloud_owner", {"ListOwners"}), ("cloud_label", {"ListShelves", "GetOwner", "GetAlarm", "ListTags", "ListColours"})],
)
def test_what_nobody_wants_is_not_asked_for(wanted: str, asked: set[str]) -> None:
    cloud = Cloud()
    read(cloud, needs=Needs(lambda kind: kind == wanted))
    assert set(cloud.asked) == asked


def test_an_interrupted_scan_keeps_what_it_has_and_marks_the_rest() -> None:
    deadline = Deadline()

    def stop(done: int, _known: int) -> None:
        if done == 2:
            deadline.interrupt()

    collection = read(Cloud(), workers=1, progress=stop, deadline=deadline)
    assert any(gap.what.startswith("the scan was interrupted before these had answered: ") for gap in collection.gaps)
    assert rows(collection)["cloud_shelf", "home"] == (CoverageStatus.COMPLETE, 3)
    assert rows(collection)["cloud_book", "home"][0] in {CoverageStatus.FAILED, CoverageStatus.PARTIAL}
    shelf = by_id(collection)["42/home/c"]
    assert shelf.values["tags"].why is Why.NOT_COLLECTED
    assert shelf.values["name"] == "c"


@pytest.mark.parametrize("silent", sorted({call.partition(":")[2] for call in calls(TABLES)}))
@pytest.mark.parametrize("workers", [1, 4])
def test_a_call_that_never_answers_costs_only_what_waits_for_it(silent: str, workers: int) -> None:
    forever = Event()
    cloud = Cloud(**{silent: [lambda _args: forever.wait(5)]})
    cloud.answers = {key: value for key, value in cloud.answers.items() if key == silent or key.partition(" ")[0] != silent}
    began = monotonic()
    collection = read(cloud, workers=workers, deadline=Deadline(0.3))
    told = by_id(collection)
    assert monotonic() - began < 2
    forever.set()
    missed = [gap for gap in collection.gaps if f":{silent} (" in gap.what]
    assert missed
    assert all(gap.why is Why.FAILED and "the deadline of the scan had passed" in gap.what for gap in missed)
    for address, before in BASELINE.items():
        if address not in told:
            assert any(row.status is not CoverageStatus.COMPLETE for row in collection.coverage if row.type == before.type)
            continue
        for name, value in {**told[address].values, **told[address].observed}.items():
            assert isinstance(value, Unknown) or value == {**before.values, **before.observed}[name]


def test_what_comes_after_the_end_counts_no_more() -> None:
    """A thread that is left behind may still write: not into what is reported."""
    going, gone = Event(), Event()

    def late(_args: Mapping[str, Any]) -> Any:
        going.wait(5)
        return {"Owner": "late"}

    def after(_args: Mapping[str, Any]) -> Any:
        gone.set()
        return {"Alarm": "bell", "Rung": 3}

    collection = read(Cloud(GetOwner=[late], GetAlarm=[after]), deadline=Deadline(0.2))
    shelf = by_id(collection)["42/home/a"]
    before = dict(shelf.values)
    going.set()
    assert gone.wait(5)
    sleep(0.05)
    assert shelf.values == before
    assert shelf.values["owner"].why is Why.FAILED


def test_progress_counts_up_to_what_is_known() -> None:
    seen: list[tuple[int, int]] = []
    read(progress=lambda done, known: seen.append((done, known)))
    assert seen[-1][0] == seen[-1][1] == len(seen)


def test_a_policy_lists_each_action_once_in_order() -> None:
    document = policy_document(calls(TABLES), lambda operation: ("people:List",) if operation.startswith("people") else (operation,))
    (statement,) = document["Statement"]
    assert statement["Action"][0] == "people:List"
    assert statement["Action"] == sorted(set(statement["Action"]))


OPERATIONS = sorted({call.partition(":")[2] for call in calls(TABLES)})
BASELINE = by_id(read())
FED = {read.call.partition(":")[2]: {*read.values, *read.observed} for listing in TABLES for read in listing.reads}
FAILURES = st.sampled_from([Why.DENIED, Why.THROTTLED, Why.FAILED, Why.TRUNCATED])


@given(failing=st.dictionaries(st.sampled_from(OPERATIONS), FAILURES), workers=st.integers(1, 4))
def test_taking_permissions_away_only_makes_facts_unknown(failing: dict[str, Why], workers: int) -> None:
    cloud = Cloud()
    for name, why in failing.items():
        service = "people" if name == "ListOwners" else "store"
        cloud.answers = {key: value for key, value in cloud.answers.items() if key.partition(" ")[0] != name}
        cloud.answers[name] = CallError(why, f"{service}:{name}", f"{service}:{name}")
    collection = read(cloud, workers=workers)
    told = by_id(collection)
    assert set(told) <= set(BASELINE)
    for address, before in BASELINE.items():
        if address not in told:
            assert any(row.status is not CoverageStatus.COMPLETE for row in collection.coverage if row.type == before.type)
            continue
        for name, value in {**told[address].values, **told[address].observed}.items():
            known = {**before.values, **before.observed}[name]
            if isinstance(value, Unknown):
                assert value.why in failing.values()
                assert any(name in FED.get(operation, ()) for operation in failing)
            else:
                assert value == known
    asked = {f"{'people' if name == 'ListOwners' else 'store'}:{name}" for name in failing if cloud.asked[name]}
    assert asked <= {gap.origin.call for gap in collection.gaps}, "no failure is silent"


@given(workers=st.integers(1, 8))
def test_the_same_cloud_gives_the_same_collection(workers: int) -> None:
    once, again = read(workers=workers), read()
    assert (once.gaps, once.coverage) == (again.gaps, again.coverage)
    assert [(record.address, record.values, record.observed) for record in once.records] == [
        (record.address, record.values, record.observed) for record in again.records
    ]
