"""What the attributes of Cloud SQL instances mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudaudit.model import Backup, Cipher, Doubt, Encryption, KeyOwner, Known, Location, Placement, Plaintext, Transport, Unknown, Why
from tests.gcp.records import facet, maybe, record

INSTANCE = "google_sql_database_instance"
DENIED: Doubt = Unknown(Why.DENIED, "cloudsql.instances.get")
AMERICA = Location("us-east1", "adequacy", "US")
UNSET: Doubt = Unknown(Why.UNSET)


def settings(**values: Any) -> dict[str, Any]:
    return {
        "settings": [
            {"tier": "db-f1-micro", **{name: value if isinstance(value, Unknown | str) else [value] for name, value in values.items()}}
        ]
    }


@pytest.mark.parametrize(
    ("connections", "plaintext"),
    [
        ({}, Plaintext.ACCEPTED),
        ({"ssl_mode": UNSET, "require_ssl": None}, Plaintext.ACCEPTED),
        (UNSET, Plaintext.ACCEPTED),
        ({"ssl_mode": "ENCRYPTED_ONLY"}, Plaintext.REFUSED),
        ({"ssl_mode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}, Plaintext.REFUSED),
        ({"ssl_mode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}, Plaintext.ACCEPTED),
        ({"ssl_mode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED", "require_ssl": True}, Plaintext.ACCEPTED),
        ({"ssl_mode": "ENCRYPTED_ONLY", "require_ssl": False}, Plaintext.REFUSED),
        ({"require_ssl": True}, Plaintext.REFUSED),
        ({"require_ssl": False}, Plaintext.ACCEPTED),
    ],
)
def test_the_ssl_mode_goes_before_its_older_name(connections: Any, plaintext: Plaintext) -> None:
    transport = facet(Transport, record(INSTANCE, settings(ip_configuration=connections)))
    assert (transport.plaintext, transport.minimum_version) == (Known(plaintext), Known(None))


@pytest.mark.parametrize(
    "values",
    [
        settings(ip_configuration={"ssl_mode": "SSL_MODE_OF_TOMORROW"}),
        settings(ip_configuration={"ssl_mode": DENIED}),
        settings(ip_configuration={"require_ssl": DENIED}),
        settings(ip_configuration=DENIED),
        {"settings": DENIED},
        {"settings": [{}, {}]},
        {"settings": "x"},
    ],
)
def test_connections_that_cannot_be_told_are_unknown(values: dict[str, Any]) -> None:
    assert isinstance(facet(Transport, record(INSTANCE, values)).plaintext, Unknown)


def kept(count: Any, **more: Any) -> dict[str, Any]:
    return {"enabled": True, "backup_retention_settings": [{"retained_backups": count, **more}]}


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, Known(0)),
        (settings(), Known(0)),
        (settings(backup_configuration={"enabled": False, "backup_retention_settings": [{"retained_backups": 30}]}), Known(0)),
        (settings(backup_configuration=UNSET), Known(0)),
        (settings(backup_configuration={"enabled": True}), Known(7)),
        (settings(backup_configuration={"enabled": True, "backup_retention_settings": UNSET}), Known(7)),
        (settings(backup_configuration={"enabled": True}, edition="ENTERPRISE"), Known(7)),
        (settings(backup_configuration={"enabled": True}, edition="ENTERPRISE_PLUS"), Known(15)),
        (settings(backup_configuration=kept(30)), Known(30)),
        (settings(backup_configuration=kept("30", retention_unit="COUNT")), Known(30)),
        (settings(backup_configuration=kept(DENIED)), DENIED),
        (settings(backup_configuration=DENIED), DENIED),
        ({"settings": DENIED}, DENIED),
    ],
)
def test_backups_are_counted_and_made_daily(values: dict[str, Any], days: Any) -> None:
    assert facet(Backup, record(INSTANCE, values)).retention_days == Backup(days).retention_days


@pytest.mark.parametrize(
    "values",
    [
        settings(backup_configuration=kept(30, retention_unit="WEEKS")),
        settings(backup_configuration=kept(30, retention_unit=DENIED)),
        settings(backup_configuration={"enabled": DENIED}),
        settings(backup_configuration={"enabled": "perhaps"}),
        settings(backup_configuration={"enabled": True}, edition=DENIED),
        {"clone": [{"source_instance_name": "other"}]},
    ],
)
def test_backups_that_cannot_be_told_are_unknown(values: dict[str, Any]) -> None:
    assert isinstance(facet(Backup, record(INSTANCE, values)).retention_days, Unknown)


@pytest.mark.parametrize("primary", ["primary", Unknown(Why.COMPUTED, references=(f"{INSTANCE}.primary",), is_=f"{INSTANCE}.primary.id")])
def test_a_replica_has_no_backups_of_its_own(primary: Any) -> None:
    replica = record(INSTANCE, {"master_instance_name": primary, **settings()})
    others = [record(INSTANCE, {}, "primary")]
    assert maybe(Backup, [replica, *others]) is None
    assert facet(Placement, replica, *others).copies == Known(())


@pytest.mark.parametrize("primary", [None, "", UNSET])
def test_an_instance_without_a_primary_is_no_replica(primary: Any) -> None:
    assert facet(Backup, record(INSTANCE, {"master_instance_name": primary})) == Backup(Known(0))


@pytest.mark.parametrize("primary", [DENIED, Unknown(Why.UNRESOLVED, "var.primary", possible=(None, "primary"))])
def test_what_may_be_a_replica_leaves_its_backups_open(primary: Any) -> None:
    assert isinstance(facet(Backup, record(INSTANCE, {"master_instance_name": primary})).retention_days, Unknown)


@pytest.mark.parametrize(
    ("backups", "copies"),
    [
        ({"enabled": False, "location": "us"}, Known(())),
        ({"location": "us"}, Known(())),
        ({"enabled": True, "location": "eu"}, Known((Known(Location("eu", "EU")),))),
        ({"enabled": True, "location": "us"}, Known((Known(Location("us", "adequacy")),))),
        ({"enabled": True, "location": "europe-west2"}, Known((Known(Location("europe-west2", "adequacy", "GB")),))),
    ],
)
def test_where_backups_go(backups: dict[str, Any], copies: Any) -> None:
    placed = facet(Placement, record(INSTANCE, {"region": "europe-west1", **settings(backup_configuration=backups)}))
    assert placed == Placement(Known(Location("europe-west1", "EU", "BE")), copies)


@pytest.mark.parametrize(
    "backups", [{"enabled": True}, {"enabled": True, "location": "moon"}, {"enabled": True, "location": DENIED}, DENIED]
)
def test_where_backups_go_that_google_places_is_unknown(backups: Any) -> None:
    copies = facet(Placement, record(INSTANCE, settings(backup_configuration=backups))).copies
    assert isinstance(copies, Unknown) or any(isinstance(copy, Unknown) for copy in copies.value)


def test_the_backup_location_that_is_missing_is_named() -> None:
    copies = facet(Placement, record(INSTANCE, settings(backup_configuration={"enabled": True}))).copies
    assert isinstance(copies, Unknown)
    assert "backup location is not set" in copies.cause


def test_an_instance_is_encrypted_under_either_key() -> None:
    assert facet(Encryption, record(INSTANCE)) == Encryption(Known(Cipher.AES_256))
    own = facet(Encryption, record(INSTANCE, {"encryption_key_name": "projects/p/locations/l/keyRings/r/cryptoKeys/k"}))
    assert own.cipher == Known(Cipher.AES_256)


PLANS = "google_backup_dr_backup_plan_association"


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"resource": "projects/fixture/instances/i", "resource_type": "sqladmin.googleapis.com/Instance"}, None),
        ({"resource": "projects/fixture/instances/i"}, None),
        ({"resource": DENIED, "resource_type": DENIED}, None),
        ({"resource": "projects/fixture/instances/other", "resource_type": "sqladmin.googleapis.com/Instance"}, 0),
        ({"resource": "projects/another/instances/i", "resource_type": "sqladmin.googleapis.com/Instance"}, 0),
        ({"resource": DENIED, "resource_type": "compute.googleapis.com/Instance"}, 0),
    ],
)
def test_a_plan_of_backup_and_dr_goes_before_the_instance_s_own_backups(values: dict[str, Any], kept: int | None) -> None:
    days = facet(Backup, record(INSTANCE, {"name": "i"}), record(PLANS, values)).retention_days
    assert isinstance(days, Unknown) if kept is None else days == Known(kept)


@pytest.mark.parametrize(
    ("primary", "project", "outcome"),
    [
        ("i", "fixture", Known(AMERICA)),
        ("i", "another", None),
        ("fixture:i", "another", Known(AMERICA)),
        ("projects/fixture/instances/i", "another", Known(AMERICA)),
        ("another:i", "fixture", None),
    ],
)
def test_a_replica_names_its_primary_within_its_project_or_with_it(primary: str, project: str, outcome: Any) -> None:
    replica = record(INSTANCE, {"name": "r", "master_instance_name": primary}, "r", region=Known("us-east1"))
    replica = msgspec.structs.replace(replica, scope=msgspec.structs.replace(replica.scope, account=Known(project)))
    copies = facet(Placement, record(INSTANCE, {"name": "i"}), replica).copies
    assert copies == Known(() if outcome is None else (outcome,))


@pytest.mark.parametrize("of", [{"master_instance_name": "p"}, {"clone": [{"source_instance_name": "p"}]}])
def test_what_is_made_of_an_instance_has_its_key(of: dict[str, Any]) -> None:
    source = record("google_sql_database_instance", {"name": "p", "region": "europe-west3", "encryption_key_name": "k"}, "p")
    assert facet(Encryption, record("google_sql_database_instance", {"name": "r", **of}), source).key_owner == Known(KeyOwner.CUSTOMER)
