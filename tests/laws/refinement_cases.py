"""Configurations in which one resource names an instance of another, in every way that Terraform has; and what Terraform makes of them.

Generated from the links in the fixtures that readers follow: for each pair of types and attribute, two resources with two instances
that differ as two fixtures of their types do. `python -m tests.laws.refinement_cases FILE` records a sample anew.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cloudaudit import plugins
from cloudaudit.model import Collection, Known, Record, Unknown
from cloudaudit.model.names import NAMING
from tests.laws.fixture_audits import FIXTURES, at, collection, names_of
from tests.laws.test_opaque_link import links
from tools.fakeprov import schemas

KEYS = ("x", "y")
SAMPLE, SEED = 60, 6
RECORDED = Path(__file__).with_name("refinement.json.gz")

# How an instance of `r` finds one of `t`; {a} is the attribute. The resources have two instances each, by key or by number.
BY_KEY: Mapping[str, str] = {
    "its own": "{t}[each.key].{a}",
    "the other": '{t}[each.key == "x" ? "y" : "x"].{a}',
    "a literal": '{t}["x"].{a}',
    "by a map": "{t}[local.peer[each.key]].{a}",
    "by a lookup": 'lookup({{ x = {t}["y"].{a}, y = {t}["x"].{a} }}, each.key)',
    "by a filter": "[for k, v in {t} : v.{a} if k != each.key][0]",
    "the first of all": "values({t})[0].{a}",
    "a text around it": '"${{{t}[each.key].{a}}}-logs"',
    "a text of it alone": '"${{{t}[each.key].{a}}}"',
    "a function of it": 'replace({t}[each.key].{a}, "a", "b")',
    "a choice": 'each.key == "x" ? {t}["y"].{a} : {t}["x"].{a}',
    "one or none": 'each.key == "x" ? {t}["x"].{a} : "elsewhere"',
    "a try": 'try({t}[local.peer[each.key]].{a}, "")',
    "a module's output": "module.m.ids[each.key]",
    "a module's output by a map": "module.m.ids[local.peer[each.key]]",
}
BY_NUMBER: Mapping[str, str] = {
    "its own number": "{t}[count.index].{a}",
    "the other number": "{t}[1 - count.index].{a}",
    "the next of a ring": "element({t}[*].{a}, count.index + 1)",
    "two for one": "{t}[floor(count.index / 2)].{a}",
    "a splat": "({t}[*].{a})[count.index]",
    "reversed": "reverse({t}[*].{a})[count.index]",
}


class Link(msgspec.Struct, frozen=True):
    """Two fixtures of a type whose attribute names a resource of another, and two of that."""

    path: tuple[str, ...]
    attribute: str  # of the resource that is named
    sources: tuple[Record, Record]
    targets: tuple[Record, Record]

    @property
    def name(self) -> str:
        return f"{self.sources[0].type}.{'.'.join(self.path)} to {self.targets[0].type}"


@cache
def types() -> dict[str, Any]:
    return schemas.load()


def found_links() -> list[Link]:
    """One for each pair of types and attribute that a fixture shows."""
    sources: dict[tuple[str, tuple[str, ...], str], list[tuple[Record, str]]] = {}
    records: dict[str, list[Record]] = {}
    for folder in FIXTURES:
        source: Collection = collection(folder)
        for record in source.records:
            records.setdefault(record.type, []).append(record)
        for index, path, target in links(source, plugins.reader_of):
            value = at(source.records[index].values, path)
            last = str(path[-1]).rpartition("_")[2]
            attribute = value.is_.rpartition(".")[2] if isinstance(value, Unknown) and value.is_ else last if last in NAMING else "id"
            key = source.records[index].type, names_of(path), target.type
            if source.records[index].type in types() and target.type in types():
                sources.setdefault(key, []).append((source.records[index], attribute))
    made = []
    for (_, path, kind), linked in sorted(sources.items()):
        first = linked[0][0]
        second = next((record for record, _ in linked if record.values != first.values), first)
        target = records[kind][0]
        other = next((record for record in records[kind] if _declared(record) != _declared(target)), target)
        made.append(Link(path, linked[0][1], (first, second), (target, other)))
    return made


def cases(seed: int, size: int) -> list[tuple[str, dict[str, Any]]]:
    """A sample of (name, configuration in JSON): each way at least once, each link at least once."""
    chosen = random.Random(seed)
    ways = [*BY_KEY.items(), *BY_NUMBER.items()]
    every = found_links()
    pairs = [(link, ways[number % len(ways)]) for number, link in enumerate(every)]
    pairs += [(chosen.choice(every), chosen.choice(ways)) for _ in range(max(size - len(pairs), len(ways)))]
    pairs = list({(link.name, how[0]): (link, how) for link, how in pairs}.values())[:size]
    return [(f"{link.name}: {how}", _configuration(link, expression, by_key=how in BY_KEY)) for link, (how, expression) in pairs]


def _configuration(link: Link, expression: str, *, by_key: bool) -> dict[str, Any]:
    source, target = link.sources[0].type, link.targets[0].type
    inside = "module.m" in expression
    written = "${" + expression.format(t=f"{target}.t", a=link.attribute) + "}"
    many: dict[str, Any] = {"for_each": '${toset(["x", "y"])}'} if by_key else {"count": 2}
    chosen = "each.key" if by_key else "local.keys[count.index]"
    named = {**_body(link.sources, "r", chosen, link.path, written), **many}
    others = {**_body(link.targets, "t", chosen, (), ""), **many}
    local = {"peer": {"x": "y", "y": "x"}, "keys": ["x", "y"]}
    main: dict[str, Any] = {
        "provider": {"aws": {"region": "eu-central-1"}, "azurerm": {"features": {}}, "google": {"project": "p", "region": "europe-west3"}},
        "locals": {**local, "r": _variants(link.sources)},
        "resource": {source: {"r": named}},
    }
    if not inside:
        main["locals"]["t"] = _variants(link.targets)
        main["resource"].setdefault(target, {})["t"] = others
        return {"main.tf.json": main}
    main["module"] = {"m": {"source": "./m"}}
    ids = f"${{ {{ for k, v in {target}.t : k => v.{link.attribute} }} }}"
    module = {
        "locals": {**local, "t": _variants(link.targets)},
        "resource": {target: {"t": others}},
        "output": {"ids": {"value": ids}},
    }
    return {"main.tf.json": main, "m/main.tf.json": module}


def _declared(record: Record) -> dict[str, Any]:
    """What a fixture sets, without what is unknown, or what names it."""
    attributes = types()[record.type]["attrs"]
    blocks = frozenset(types()[record.type]["blocks"])
    given = {name: _plain(value) for name, value in record.values.items() if name in attributes and name not in NAMING}
    values = {name: _whole(name, value, attributes, blocks) for name, value in given.items()}
    region = record.scope.region
    if "region" in attributes and record.type.startswith("aws_") and isinstance(region, Known):
        values["region"] = region.value
    return {name: value for name, value in values.items() if value is not None and (attributes[name]["o"] or attributes[name]["r"])}


def _whole(name: str, value: Any, attributes: Any, blocks: frozenset[str]) -> Any:
    """An attribute that is a list of objects has every name of them; blocks may leave some out."""
    told = attributes[name]
    if schemas.is_block(name, told, blocks) or not isinstance(told["t"], list):
        return value
    return schemas.conform({name: value}, {name: told})[name]


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return re.sub(r"arn:aws:s3:::[a-z*-]+", "arn:aws:s3:::*", value) if isinstance(value, str) and "Statement" in value else value


def _variants(records: Sequence[Record]) -> dict[str, Any]:
    """The values of both instances, by key; each has the names of both."""
    values = [_declared(record) for record in records]
    names = {name for one in values for name in one}
    return {key: {name: one.get(name) for name in sorted(names)} for key, one in zip(KEYS, values, strict=True)}


def _body(records: Sequence[Record], local: str, key: str, path: Sequence[str], link: str) -> dict[str, Any]:
    attributes = types()[records[0].type]["attrs"]
    blocks = frozenset(types()[records[0].type]["blocks"])
    variants = _variants(records)
    shape = {name: _merged([one[name] for one in variants.values()]) for name in variants["x"]}
    body = _written(shape, f"local.{local}[{key}]", attributes, blocks, path, link)
    for name, told in attributes.items():
        if name in {"bucket", "name", "identifier", "cluster_identifier"} and (told["o"] or told["r"]) and name not in path:
            body[name] = f"${{{key}}}-{local}"
        elif told["r"] and name not in body and not isinstance(told["t"], list):
            body[name] = {"Number": 1, "Boolean": True, "List": ["z"], "Set:List": ["z"]}.get(told["t"], "z")
    if path and path[0] not in body and len(path) == 1:
        body[path[0]] = link
    return body


def _merged(values: Sequence[Any]) -> Any:
    """A value of the shape that all have: blocks with every name that one of them has."""
    present = [value for value in values if value is not None]
    if present and all(isinstance(value, list) and all(isinstance(item, dict) for item in value) for value in present):
        items = [item for value in present for item in value]
        return [{name: _merged([item.get(name) for item in items]) for name in sorted({name for item in items for name in item})}]
    return present[0] if present else None


def _written(
    shape: Mapping[str, Any], place: str, attributes: Any, blocks: frozenset[str] | None, path: Sequence[str], link: str
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in shape.items():
        told = attributes.get(name)
        if told is None:
            continue
        rest = path[1:] if path and path[0] == name else ()
        if schemas.is_block(name, told, blocks):
            items = value if isinstance(value, list) else []
            inner = _written(items[0] if items else {}, f"{name}.value", told["t"][1], None, rest, link)
            body.setdefault("dynamic", {})[name] = {"for_each": f"${{{place}.{name} == null ? [] : {place}.{name}}}", "content": inner}
        else:
            body[name] = link if path and not rest and path[0] == name else f"${{try({place}.{name}, null)}}"
    if len(path) == 1 and path[0] not in body and path[0] in attributes:
        body[path[0]] = link
    return body


def record(configuration: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What Terraform plans and applies. Raises CalledProcessError where it refuses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in configuration.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(json.dumps(content), encoding="utf-8")

        def terraform(*arguments: str) -> str:
            command = ["terraform", *arguments]
            return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout

        terraform("init")
        terraform("plan", "-out=plan")
        plan = json.loads(terraform("show", "-json", "plan"))
        terraform("apply", "-auto-approve", "plan")
        state = _without_inventions(json.loads((folder / "terraform.tfstate").read_text(encoding="utf-8")), plan)
        for key in ("timestamp", "lineage"):
            plan.pop(key, None)
            state.pop(key, None)
        return {"configuration": configuration, "plan": plan, "state": state}


def _without_inventions(state: Any, plan: Any) -> Any:
    """The state without what the fake providers made up: only a cloud could tell it. Names stay, for others refer by them."""
    changes = {(change["type"], change["name"], change.get("index")): change["change"] for change in plan["resource_changes"]}
    root = plan["configuration"]["root_module"]
    modules = (root, *(call["module"] for call in root.get("module_calls", {}).values()))
    set_by = {(one["type"], one["name"]): one.get("expressions", {}) for module in modules for one in module.get("resources", ())}
    for resource in state["resources"]:
        key = resource["type"], resource["name"]
        for instance in resource["instances"]:
            unknown = changes[*key, instance.get("index_key")]["after_unknown"]
            for name in [name for name, mark in unknown.items() if mark is True and name not in {*NAMING, *set_by[key]}]:
                instance["attributes"].pop(name, None)
    return state


def recorded(seed: int, size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """A sample, as Terraform makes it now. A case that Terraform refuses (an attribute that only a cloud has) is left out."""
    from tools.fakeprov.serving import fake_providers

    with fake_providers() as environment:
        for name, configuration in cases(seed, size):
            try:
                yield name, record(configuration, environment)
            except subprocess.CalledProcessError as error:
                sys.stderr.write(f"{name}: {' '.join(str(error.stderr).split())[-300:]}\n")


if __name__ == "__main__":
    RECORDED.write_bytes(gzip.compress(json.dumps(dict(recorded(SEED, SAMPLE)), separators=(",", ":")).encode(), mtime=0))
