"""What azapi makes under the name of a declared resource: it is that one where names are unique alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cloudaudit_azure.azapi_types import FACTS, GROUP, WITHIN
from tests.verdicts.conftest import Judged

PLACE = "data-in-allowed-jurisdiction"
HOLDER = {GROUP: "azurerm_resource_group", "server_id": "azurerm_mssql_server", "key_vault_id": "azurerm_key_vault"}
"""What holds resources, by the attribute by which they name it."""


def body(kind: str) -> dict[str, Any]:
    """A body that sets every fact of a declared type."""
    said: dict[str, Any] = {}
    for path in next(iter(FACTS[kind].values())):
        inner = said
        for step in path.split("."):
            inner = inner.setdefault(step, {})
    return said


def folder(kind: str, parent: str) -> str:
    by = WITHIN[kind] or GROUP
    own = f"{HOLDER[by]}.here.{'name' if by == GROUP else 'id'}"
    holders = "".join(
        f'resource "{HOLDER[by]}" "{name}" {{\n  name                = "{name}"\n  location            = "westeurope"\n'
        '  resource_group_name = "rg"\n}\n'
        for name in ("here", "there")
    )
    return (
        f'provider "azurerm" {{\n  features {{}}\n}}\nvariable "untold" {{}}\n{holders}'
        f'resource "{kind}" "d" {{\n  name     = "same"\n  location = "westeurope"\n  {by} = {own}\n}}\n'
        f'resource "azapi_resource" "x" {{\n  type      = "{next(iter(FACTS[kind]))}@2024-01-01"\n  name      = "same"\n'
        f'  parent_id = {parent}\n  location  = "eastus"\n  body      = {json.dumps(body(kind))}\n}}\n'
    )


def test_of_every_type_it_is_told_within_what_a_name_is_unique() -> None:
    assert WITHIN.keys() == FACTS.keys()


@pytest.mark.parametrize("kind", [kind for kind, by in WITHIN.items() if by is not None])
@pytest.mark.parametrize("parent", ["there.id", "there.id, lower", "untold"])
def test_what_azapi_makes_elsewhere_under_the_name_of_a_declared_resource_is_judged_by_itself(
    gate: Callable[..., Judged], kind: str, parent: str
) -> None:
    there = f"{HOLDER[WITHIN[kind] or GROUP]}.there.id"
    said = {"there.id": there, "there.id, lower": f"lower({there})", "untold": "var.untold"}[parent]
    assert gate(folder(kind, said)).outcomes["azapi_resource.x", PLACE] == "fail"


@pytest.mark.parametrize("kind", WITHIN)
def test_what_azapi_makes_in_the_place_of_a_declared_resource_is_that_one(gate: Callable[..., Judged], kind: str) -> None:
    judged = gate(folder(kind, f"{HOLDER[WITHIN[kind] or GROUP]}.here.id"))
    assert ("azapi_resource.x", PLACE) not in judged.outcomes
    doubted = [outcome for (address, _), outcome in judged.outcomes.items() if address == f"{kind}.d"]
    assert "unknown" in doubted or not doubted  # an encryption set is judged with what it encrypts


@pytest.mark.parametrize("kind", [kind for kind, by in WITHIN.items() if by is not None])
def test_what_azapi_makes_in_another_place_leaves_a_declared_resource_as_it_is(gate: Callable[..., Judged], kind: str) -> None:
    elsewhere, none = folder(kind, f"{HOLDER[WITHIN[kind] or GROUP]}.there.id"), folder(kind, "var.untold")
    alone = none[: none.index('resource "azapi_resource"')]
    if WITHIN[kind] == GROUP:
        elsewhere = elsewhere.replace("azurerm_resource_group.there.id", '"/subscriptions/s/resourceGroups/there"')
    assert {key: outcome for key, outcome in gate(elsewhere).outcomes.items() if key[0] != "azapi_resource.x"} == gate(alone).outcomes
