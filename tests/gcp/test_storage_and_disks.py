"""What the attributes of buckets and disks mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cloudaudit.model import Cipher, Doubt, Encryption, KeyOwner, KeyState, Known, Location, Placement, SourceKind, Transport, Unknown, Why
from cloudaudit_gcp.regions import region_of_zone
from tests.gcp.records import facet, maybe, record
from tests.partial import partial

BUCKET, DISK, REGION_DISK, KEY = "google_storage_bucket", "google_compute_disk", "google_compute_region_disk", "google_kms_crypto_key"
VARIABLE: Doubt = Unknown(Why.UNRESOLVED, "var.x has no default", references=("var.x",))
DENIED: Doubt = Unknown(Why.DENIED, "storage.buckets.get")
KEY_ID = "projects/fixture/locations/europe-west3/keyRings/r/cryptoKeys/k"
LINK: Doubt = Unknown(Why.COMPUTED, references=(f"{KEY}.k",), is_=f"{KEY}.k.id")


def place(facts: Placement) -> Any:
    return facts.home.map(lambda home: (home.jurisdiction, home.country))


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("EUROPE-WEST3", ("EU", "DE")),
        ("europe-west3", ("EU", "DE")),
        ("EUROPE-WEST2", ("adequacy", "GB")),
        ("EUROPE-WEST6", ("adequacy", "CH")),
        ("EU", ("EU", None)),
        ("EUR4", ("EU", None)),
        ("EUR5", ("adequacy", None)),
        ("EUR7", ("adequacy", None)),
        ("EUR8", ("adequacy", None)),
        ("US", ("adequacy", None)),
        ("EUROPE", ("unproven", None)),
        (None, ("adequacy", None)),  # the API takes the US
        ("", ("adequacy", None)),
    ],
)
def test_where_a_bucket_lies(location: Any, expected: Any) -> None:
    assert place(facet(Placement, record(BUCKET, {"location": location}))) == Known(expected)


@pytest.mark.parametrize("location", ["EUROPE-WEST99", DENIED, ["EU"], Unknown(Why.UNRESOLVED, "var.location")])
def test_a_place_that_no_table_has_is_unknown(location: Any) -> None:
    assert isinstance(facet(Placement, record(BUCKET, {"location": location})).home, Unknown)


def test_each_region_of_a_dual_region_is_judged() -> None:
    values = {"location": "EU", "custom_placement_config": [{"data_locations": ["EUROPE-WEST6", "EUROPE-WEST1"]}]}
    swiss, belgian = Location("europe-west6", "adequacy", "CH"), Location("europe-west1", "EU", "BE")
    assert facet(Placement, record(BUCKET, values)).copies == Known((Known(belgian), Known(swiss)))


@pytest.mark.parametrize("regions", [DENIED, ["EUROPE-WEST1", DENIED], ["EUROPE-WEST1", "NARNIA"], {"a": "b"}])
def test_a_region_of_a_dual_region_that_cannot_be_told_is_unknown(regions: Any) -> None:
    values = {"location": "EU", "custom_placement_config": [{"data_locations": regions}]}
    copies = facet(Placement, record(BUCKET, values)).copies
    assert isinstance(copies, Unknown) or any(isinstance(copy, Unknown) for copy in copies.value)


def test_a_bucket_has_no_transport_of_its_own() -> None:
    assert maybe(Transport, [record(BUCKET)]) is None


def store(kind: str, name: Any) -> dict[str, Any]:
    blocks = {BUCKET: ("encryption", "default_kms_key_name"), DISK: ("disk_encryption_key", "kms_key_self_link")}
    block, attribute = blocks.get(kind, ("disk_encryption_key", "kms_key_name"))
    return {block: [{attribute: name}]}


KINDS = pytest.mark.parametrize("kind", [BUCKET, DISK, REGION_DISK])


@KINDS
def test_googles_key_is_aes_256(kind: str) -> None:
    assert facet(Encryption, record(kind)) == Encryption(Known(Cipher.AES_256))


@KINDS
@pytest.mark.parametrize("name", [LINK, KEY_ID, f"{KEY_ID}/cryptoKeyVersions/3"])
@pytest.mark.parametrize(
    ("key", "cipher", "state"),
    [
        ({}, Cipher.AES_256, KeyState.ENABLED),
        ({"version_template": [{"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"}]}, Cipher.AES_256, KeyState.ENABLED),
        ({"purpose": "RAW_ENCRYPT_DECRYPT", "version_template": [{"algorithm": "AES_128_GCM"}]}, Cipher.AES_128, KeyState.ENABLED),
        ({"primary": [{"name": "1", "state": "DISABLED"}]}, Cipher.AES_256, KeyState.DISABLED),
        ({"primary": [{"name": "1", "state": "DESTROY_SCHEDULED"}]}, Cipher.AES_256, KeyState.PENDING_DELETION),
        ({"primary": Unknown(Why.UNSET)}, Cipher.AES_256, KeyState.ENABLED),
    ],
)
def test_a_store_is_as_strong_as_its_declared_key(kind: str, name: Any, key: dict[str, Any], cipher: Cipher, state: KeyState) -> None:
    stored = facet(Encryption, record(kind, store(kind, name)), record(KEY, key, "k", id=KEY_ID))
    assert stored == Encryption(Known(cipher), Known(KeyOwner.CUSTOMER), Known(state))


@pytest.mark.parametrize(
    "key",
    [
        {"version_template": [{"algorithm": "EXTERNAL_SYMMETRIC_ENCRYPTION"}]},
        {"version_template": [{"algorithm": "ROT13"}]},
        {"version_template": [{"algorithm": DENIED}]},
        {"purpose": DENIED},
        {"purpose": "ASYMMETRIC_SIGN"},
    ],
)
def test_a_key_of_an_unknown_kind_leaves_the_store_open(key: dict[str, Any]) -> None:
    stored = facet(Encryption, record(BUCKET, store(BUCKET, LINK)), record(KEY, key, "k"))
    assert isinstance(stored.cipher, Unknown)


@KINDS
@pytest.mark.parametrize("name", [f"{KEY_ID}-other", VARIABLE])
def test_a_key_that_is_not_declared_is_judged_where_it_is(kind: str, name: Any) -> None:
    stored = facet(Encryption, record(kind, store(kind, name)), record(KEY, {}, "k", id=KEY_ID))
    assert stored.cipher == Known(Cipher.AES_256)
    assert isinstance(stored.key_state, Unknown)
    assert stored.key_state.why is Why.ELSEWHERE


def test_a_key_that_could_not_be_read_is_unknown_and_so_is_what_it_encrypts_with() -> None:
    live = facet(Encryption, record(BUCKET, store(BUCKET, KEY_ID)), source=SourceKind.LIVE)
    denied = facet(Encryption, record(BUCKET, store(BUCKET, DENIED)))
    for stored, why in ((live, Why.UNRESOLVED), (denied, Why.DENIED)):
        assert isinstance(stored.cipher, Unknown)
        assert isinstance(stored.key_state, Unknown)
        assert (stored.cipher.why, stored.key_state.why) == (why, why)


@pytest.mark.parametrize("name", ["raw_key", "rsa_encrypted_key"])
@pytest.mark.parametrize("kind", [DISK, REGION_DISK])
def test_a_supplied_key_is_the_customers_and_is_shown_nowhere(kind: str, name: str) -> None:
    secret = "the-key-that-the-customer-supplies"
    stored = facet(Encryption, record(kind, {"disk_encryption_key": [{name: secret}]}))
    assert (stored.cipher, stored.key_owner) == (Known(Cipher.AES_256), Known(KeyOwner.CUSTOMER))
    assert secret not in repr(stored)


@pytest.mark.parametrize(
    ("created", "cipher"),
    [
        ("2014-03-01T00:00:00.000-08:00", None),
        ("2015-06-30T23:59:59.000Z", None),
        ("2015-07-01T00:00:00.000Z", Cipher.AES_256),
        ("2024-01-01T00:00:00.000Z", Cipher.AES_256),
        (Unknown(Why.UNSET), Cipher.AES_256),
    ],
)
def test_a_disk_from_before_july_2015_may_have_less(created: Any, cipher: Cipher | None) -> None:
    found = facet(Encryption, record(DISK, {"creation_timestamp": created})).cipher
    assert found == Known(cipher) if cipher else isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("europe-west3-a", "europe-west3"),
        ("https://www.googleapis.com/compute/v1/projects/p/zones/europe-west10-b", "europe-west10"),
        ("EUROPE-WEST3-C", "europe-west3"),
        ("europe-west3", "europe-west3"),
        ("nowhere", "nowhere"),
    ],
)
def test_the_region_of_a_zone(zone: str, region: str) -> None:
    assert region_of_zone(zone) == region


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (DISK, {"zone": "europe-west2-a"}, ("adequacy", "GB")),
        (DISK, {"zone": "us-east1-ai1a"}, ("adequacy", "US")),
        (DISK, {"zone": Unknown(Why.UNRESOLVED, partial=partial("us-east1-${?}"))}, ("adequacy", "US")),
        (REGION_DISK, {"region": "https://www.googleapis.com/compute/v1/projects/p/regions/us-central1"}, ("adequacy", "US")),
        (REGION_DISK, {}, ("EU", "DE")),
    ],
)
def test_where_a_disk_lies(kind: str, values: dict[str, Any], expected: Any) -> None:
    assert place(facet(Placement, record(kind, values))) == Known(expected)


@pytest.mark.parametrize("zone", [{}, {"zone": Unknown(Why.UNSET)}])
def test_a_disk_without_a_zone_lies_in_the_providers_zone_not_in_its_region(zone: dict[str, Any]) -> None:
    disk = record(DISK, zone)
    assert isinstance(facet(Placement, disk).home, Unknown)
    scope = msgspec.structs.replace(disk.scope, zone=Known("us-east1-b"))
    assert place(facet(Placement, msgspec.structs.replace(disk, scope=scope))) == Known(("adequacy", "US"))


@pytest.mark.parametrize("zone", [DENIED, "mars-north1-a", Unknown(Why.UNRESOLVED, partial=partial("us-east1${?}"))])
def test_a_zone_that_cannot_be_told_is_not_the_providers(zone: Any) -> None:
    assert isinstance(facet(Placement, record(DISK, {"zone": zone})).home, Unknown)


def test_without_zone_and_provider_region_the_place_is_unknown() -> None:
    assert isinstance(facet(Placement, record(DISK, region=Known(None))).home, Unknown)
