"""Which types of machines are asked for the disks that they have: all that the providers' schemas know."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from cloudaudit_azure import disk_copies as azure
from cloudaudit_gcp import disk_copies as gcp
from tools.fakeprov import schemas

TYPES = schemas.load()


@pytest.mark.parametrize(
    ("provider", "names_disks", "asked"),
    [
        ("google_", {"attached_disk"}, gcp._MACHINES),
        ("azurerm_", {"os_managed_disk_id", "storage_os_disk"}, azure._HAVE),
    ],
)
def test_every_type_of_machine_that_names_disks_is_asked(provider: str, names_disks: set[str], asked: Collection[str]) -> None:
    having = {kind for kind, schema in TYPES.items() if kind.startswith(provider) and names_disks & schema["attrs"].keys()}
    assert having
    assert having <= set(asked)
