"""The major versions of a provider that a configuration admits."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.sources.terraform.versions import admits

ACCOUNT = 'resource "azurerm_storage_account" "a" {}\n'


def required(constraint: str) -> str:
    return f"terraform {{\n  required_providers {{\n    azurerm = {constraint}\n  }}\n}}\n{ACCOUNT}"


@pytest.mark.parametrize(
    ("constraint", "major"),
    [
        ('{ source = "hashicorp/azurerm", version = "~> 2.46" }', 2),
        ('{ version = "2.99.0" }', 2),
        ('"= 2.40"', 2),
        ('{ version = ">= 2.0, < 3.0" }', 2),
        ('{ version = "< 3.1" }', 3),
        ('{ version = "<= 4.0, ~> 3.0" }', 3),
        ('{ version = ">= 2.46" }', None),
        ('{ version = "~> 2" }', 2),
        ('{ version = "!= 2.5" }', None),
        ('{ source = "hashicorp/azurerm" }', None),
    ],
)
def test_the_constraint_of_a_module(project: Any, constraint: str, major: int | None) -> None:
    project.write({"main.tf": required(constraint)})
    record = project.records()["azurerm_storage_account.a"]
    assert (None if record.majors is None else record.majors[1]) == major


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": f'provider "azurerm" {{ version = "=2.40.0" }}\n{ACCOUNT}'},
        {"main.tf": ACCOUNT, "v.tf.json": '{"terraform": {"required_providers": {"azurerm": {"version": "~> 2.4"}}}}'},
        {"main.tf": required('"~> 3.0"'), "v_override.tf": required('"~> 2.0"').removesuffix(ACCOUNT)},
    ],
)
def test_other_places_of_the_constraint(project: Any, files: dict[str, str]) -> None:
    project.write(files)
    assert project.records()["azurerm_storage_account.a"].majors == (2, 2)


def test_the_constraint_of_a_caller_holds_too(project: Any) -> None:
    main = required('"~> 2.0"').replace(ACCOUNT, 'module "m" { source = "./c" }\n')
    project.write({"main.tf": main, "c/main.tf": required('">= 2.0"')})
    assert project.records()["module.m.azurerm_storage_account.a"].majors == (2, 2)


def test_the_lock_file_decides(project: Any) -> None:
    lock = 'provider "registry.terraform.io/hashicorp/azurerm" {\n  version     = "2.99.0"\n  constraints = ">= 2.40.0"\n}\n'
    project.write({"main.tf": required('">= 2.40"'), ".terraform.lock.hcl": lock})
    assert project.records()["azurerm_storage_account.a"].majors == (2, 2)


@pytest.mark.parametrize(
    ("constraint", "majors"),
    [('"< 4.0"', (0, 3)), ('">= 2.0, < 4.0"', (2, 3)), ('"> 2.40, <= 4.2"', (2, 4)), ('"3.1.0"', (3, 3)), ('">= 2.0"', None)],
)
def test_a_constraint_may_admit_several(project: Any, constraint: str, majors: tuple[int, int] | None) -> None:
    project.write({"main.tf": required(constraint)})
    assert project.records()["azurerm_storage_account.a"].majors == majors


@pytest.mark.parametrize(
    ("constraint", "version", "fits"),
    [
        ("1.0", "1.0.0", True),
        ("v1.0.0", "1.0.1", False),
        ("~> 2.0", "1.9.9", False),
        ("~> 1.0", "1.5.2", True),
        ("~> 1.0.0", "1.1.0", False),
        ("~> 1", "1.9.0", True),
        (">= 1.0, < 2.0", "2.0.0", False),
        ("!= 1.1.0", "1.1.0", False),
        ("~> 1.0", "1.5.0-beta1", False),
        ("1.5.0-beta1", "1.5.0-beta1", True),
        ("~> 1.0", "", True),
    ],
)
def test_a_module_that_was_fetched_is_the_one_that_is_asked_for(constraint: str, version: str, fits: bool) -> None:
    assert admits(constraint, version) is fits
