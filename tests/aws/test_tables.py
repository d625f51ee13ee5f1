"""Every name in the tables exists: the attributes in Terraform's provider, the fields and operations in AWS's own models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel

from cloudaudit.model import Collection, Record, Unknown
from cloudaudit.sources.live.permissions import calls
from cloudaudit.sources.live.shape import Blocks, First, Is, Maybe, Source, Tags, Text
from cloudaudit.sources.live.table import Detail, Listing, Lookup
from cloudaudit_aws.actions import ACTIONS
from cloudaudit_aws.group_rules import Permissions
from cloudaudit_aws.scan import listings, permissions

HERE = Path(__file__).parent
SCHEMAS: dict[str, Any] = json.loads((HERE.parent / "data" / "terraform-schemas.json").read_text(encoding="utf-8"))
LISTINGS = listings()
OWN = [listing for listing in LISTINGS if listing.named is None]
BY_TYPE = {listing.type: listing for listing in OWN}
READS = [(listing, read) for listing in LISTINGS for read in (*((listing,) if listing.call else ()), *listing.reads)]
SCOPE = {"partition", "account", "region"}
LOADER = create_loader()


@pytest.mark.parametrize("record_type", sorted(BY_TYPE))
def test_attributes_are_terraforms(record_type: str, baseline: Collection) -> None:
    listing = BY_TYPE[record_type]
    for table in (listing, *listing.reads):
        check_names(table.values, SCHEMAS[record_type], record_type)
    records = [record for record in baseline.records if record.type == record_type]
    assert records, "the demo estate shows every type"
    for record in records:
        check_shape(record, record.values, SCHEMAS[record_type], record_type)


def check_names(values: Mapping[str, Source], schema: Mapping[str, Any], where: str) -> None:
    for name, source in values.items():
        assert name in schema, f"{where}.{name} is not in the provider"
        inner = source.source if isinstance(source, Maybe) else source
        if isinstance(inner, Blocks):
            assert schema[name] is not None, f"{where}.{name} is no block"
            check_names(inner.shape, schema[name], f"{where}.{name}")


def check_shape(record: Record, value: Any, schema: Any, where: str) -> None:
    """Nested blocks are lists of mappings with the provider's names; everything is plain JSON."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            assert name in schema, f"{where}.{name} is not in the provider"
            check_shape(record, inner, schema[name], f"{where}.{name}") if schema[name] is not None else assert_plain(inner, where)
    elif isinstance(value, list):
        for inner in value:
            check_shape(record, inner, schema, where)
    else:
        assert value is None or isinstance(value, Unknown), f"{where} is no block"


def assert_plain(value: Any, where: str) -> None:
    if not isinstance(value, Unknown):
        assert json.loads(json.dumps(value)) == value, where


def test_a_type_is_listed_once_and_found_without_a_registry() -> None:
    assert len(BY_TYPE) == len(OWN) >= 16


def operation(call: str) -> Any:
    service, _, name = call.partition(":")
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service).operation_model(name)


@pytest.mark.parametrize("call", calls(LISTINGS))
def test_operations_exist_and_only_read(call: str) -> None:
    assert operation(call).name == call.partition(":")[2]
    assert re.match(r"(Describe|Get|Head|List)", operation(call).name)


@pytest.mark.parametrize(("listing", "read"), READS, ids=[f"{listing.type} {read.call}" for listing, read in READS])
def test_arguments_and_fields_exist(listing: Listing, read: Listing | Detail | Lookup) -> None:
    model = operation(read.call)
    assert set(read.args) <= set(model.input_shape.members)
    answer = model.output_shape
    if isinstance(read, Lookup):
        element = field(answer, read.each).member
        assert field(element, read.key) is not None
        assert read.ids == "" or read.ids in model.input_shape.members
        for path in source_paths(read.match, ""):
            look_up(item_shape(listing), path, listing)
    else:
        element = item_shape(read) if isinstance(read, Listing) else answer
    for path in paths({**read.values, **read.observed}):
        look_up(element, path, listing)
    if listing.named is not None:
        return  # its arguments are parts of the name
    templates = [value for value in read.args.values() if isinstance(value, str)] + ([read.id] if isinstance(read, Listing) else [])
    for path in (found for template in templates for found in re.findall(r"\{([^{}]+)\}", template)):
        look_up(item_shape(listing), path, listing)


def item_shape(listing: Listing) -> Any:
    if not listing.call:
        assert listing.per is not None
        parent = item_shape(listing.per)
        return field(parent, listing.each).member if listing.each else parent
    answer = operation(listing.call).output_shape
    return field(answer, listing.each).member if listing.each else answer


def look_up(shape: Any, path: str, listing: Listing) -> None:
    if path in SCOPE:
        return
    if path.startswith("parent."):
        assert listing.per is not None
        shape, path = item_shape(listing.per), path.removeprefix("parent.")
    assert field(shape, path) is not None, f"{shape.name} has no {path}"


def field(shape: Any, path: str) -> Any:
    """The shape at a path, as `find` walks it; `~` enters a list if there is one."""
    for name, index, either in re.findall(r"([^.\[\]~]+)(\[\d*\])?(~)?", path):
        assert shape.type_name == "structure", f"{shape.name} is no structure, asked for {path}"
        assert name in shape.members, f"{shape.name} has no {name}"
        shape = shape.members[name]
        if index or (either and shape.type_name == "list"):
            shape = shape.member
    return shape


def paths(values: Mapping[str, Source], prefix: str = "") -> Iterator[str]:
    """Every path that the sources of a table look at, from the item on."""
    for source in values.values():
        yield from source_paths(source, prefix)


def source_paths(source: Source, prefix: str) -> Iterator[str]:
    match source:
        case str():
            yield prefix + source
        case Blocks(path, shape):
            yield from paths(shape, f"{prefix}{path}~." if path else prefix)
        case Maybe(inner):
            yield from source_paths(inner, prefix)
        case First(sources):
            for one in sources:
                yield from source_paths(one, prefix)
        case Tags(path, key, value):
            yield f"{prefix}{path}~.{key}"
            yield f"{prefix}{path}~.{value}"
        case Is(path) | Permissions(path):
            yield prefix + path
        case Text(template):
            yield from (prefix + found for found in re.findall(r"\{([^{}]+)\}", template))
        case _:
            return


def test_the_generated_policy_is_the_known_one() -> None:
    golden = HERE / "permissions.json"
    assert permissions() == json.loads(golden.read_text(encoding="utf-8")), "run a scan with the new rights, then update permissions.json"


def test_the_generated_policy_only_reads() -> None:
    (statement,) = permissions()["Statement"]
    assert statement["Effect"] == "Allow"
    for action in statement["Action"]:
        assert re.fullmatch(r"[a-z0-9]+:(Describe|Get|List)[A-Za-z]+", action)
    assert statement["Action"] == sorted(set(statement["Action"]))


def test_actions_that_are_renamed_belong_to_operations_that_exist() -> None:
    assert set(ACTIONS) <= {*calls(LISTINGS), "sts:GetCallerIdentity"}
