"""What the attributes of Cloud KMS keys mean."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Cipher, Doubt, KeyHealth, KeyState, Known, Location, Placement, Unknown, Why
from tests.gcp.records import facet, record

KEY, RING = "google_kms_crypto_key", "google_kms_key_ring"
DENIED: Doubt = Unknown(Why.DENIED, "cloudkms.cryptoKeys.get")
UNSET: Doubt = Unknown(Why.UNSET)


def health(**values: Any) -> KeyHealth:
    return facet(KeyHealth, record(KEY, {"name": "k", **values}))


def template(algorithm: Any) -> list[dict[str, Any]]:
    return [{"algorithm": algorithm}]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (None, Known(None)),
        ("7776000s", Known(90)),
        ("31536000s", Known(365)),
        ("86400.5s", Known(1)),
        (DENIED, DENIED),
    ],
)
def test_how_often_a_key_rotates(period: Any, expected: Any) -> None:
    assert health(rotation_period=period).rotation_days == expected


@pytest.mark.parametrize("period", ["7776000", "90d", "s", "-1s", "0s", "P90D", "1" * 40 + "s", ["7776000s"]])
def test_a_period_that_is_none_is_unknown(period: Any) -> None:
    assert isinstance(health(rotation_period=period).rotation_days, Unknown)


@pytest.mark.parametrize(
    ("values", "cipher", "rotatable"),
    [
        ({}, Cipher.AES_256, True),
        ({"purpose": UNSET, "import_only": UNSET}, Cipher.AES_256, True),
        ({"version_template": UNSET}, Cipher.AES_256, True),
        ({"version_template": template("GOOGLE_SYMMETRIC_ENCRYPTION")}, Cipher.AES_256, True),
        ({"import_only": True}, Cipher.AES_256, False),
        ({"purpose": "RAW_ENCRYPT_DECRYPT", "version_template": template("AES_256_CTR")}, Cipher.AES_256, False),
        ({"purpose": "RAW_ENCRYPT_DECRYPT", "version_template": template("AES_128_CBC")}, Cipher.AES_128, False),
        ({"purpose": "ASYMMETRIC_DECRYPT", "version_template": template("RSA_DECRYPT_OAEP_4096_SHA512")}, None, False),
        ({"purpose": "MAC", "version_template": template("HMAC_SHA256")}, None, False),
    ],
)
def test_what_a_key_encrypts_with_and_whether_it_can_rotate(values: dict[str, Any], cipher: Cipher | None, rotatable: bool) -> None:
    found = health(**values)
    assert (found.cipher, found.rotatable) == (Known(cipher), Known(rotatable))


@pytest.mark.parametrize(
    "values",
    [
        {"version_template": template("EXTERNAL_SYMMETRIC_ENCRYPTION")},
        {"version_template": template("AES_512")},
        {"version_template": template(DENIED)},
        {"version_template": DENIED},
        {"purpose": "RAW_ENCRYPT_DECRYPT"},
        {"purpose": "TELEPATHY"},
        {"purpose": DENIED},
    ],
)
def test_an_algorithm_that_cannot_be_told_is_unknown(values: dict[str, Any]) -> None:
    assert isinstance(health(**values).cipher, Unknown)


def test_an_external_key_rotates_where_it_is() -> None:
    external = template("EXTERNAL_SYMMETRIC_ENCRYPTION")
    assert isinstance(health(version_template=external).rotation_days, Unknown)
    assert health(version_template=external, rotation_period="7776000s").rotation_days == Known(90)


@pytest.mark.parametrize(
    ("primary", "state"),
    [
        (None, KeyState.ENABLED),
        ([], KeyState.ENABLED),
        (UNSET, KeyState.ENABLED),
        ([{"state": "ENABLED"}], KeyState.ENABLED),
        ([{"state": "DISABLED"}], KeyState.DISABLED),
        ([{"state": "DESTROY_SCHEDULED"}], KeyState.PENDING_DELETION),
        ([{"state": "PENDING_IMPORT"}], KeyState.PENDING_IMPORT),
        ([{"state": "DESTROYED"}], KeyState.UNAVAILABLE),
    ],
)
def test_the_state_of_a_key_is_that_of_its_primary_version(primary: Any, state: KeyState) -> None:
    assert health(primary=primary).state == Known(state)


@pytest.mark.parametrize("primary", [DENIED, [{"state": "ON_HOLIDAY"}]])
def test_a_state_that_no_table_has_is_unknown(primary: Any) -> None:
    assert isinstance(health(primary=primary).state, Unknown)


EU = Location("europe-west9", "EU", "FR")


@pytest.mark.parametrize(
    "link",
    [
        Unknown(Why.COMPUTED, references=(f"{RING}.r",), is_=f"{RING}.r.id"),
        "projects/p/locations/europe-west9/keyRings/r",
        "projects/p/locations/europe-west9/keyRings/other",
        "https://cloudkms.googleapis.com/v1/projects/p/locations/europe-west9/keyRings/r",
        "europe-west9/r",
        "p/europe-west9/r",
    ],
)
def test_a_key_lies_where_its_ring_does(link: Any) -> None:
    ring = record(RING, {"name": "r", "location": "europe-west9"}, "r", id="projects/p/locations/europe-west9/keyRings/r")
    assert facet(Placement, record(KEY, {"key_ring": link}), ring) == Placement(Known(EU))


@pytest.mark.parametrize(("location", "jurisdiction"), [("global", "global"), ("europe", "unproven"), ("us", "adequacy")])
def test_multi_regions_are_judged_by_table(location: str, jurisdiction: str) -> None:
    home = facet(Placement, record(KEY, {"key_ring": f"projects/p/locations/{location}/keyRings/r"})).home
    assert home.map(lambda place: place.jurisdiction) == Known(jurisdiction)


@pytest.mark.parametrize("link", [None, "ring", "a/b/c/d", DENIED, "projects/p/locations/atlantis/keyRings/r"])
def test_a_ring_of_nowhere_is_unknown(link: Any) -> None:
    assert isinstance(facet(Placement, record(KEY, {"key_ring": link})).home, Unknown)


@pytest.mark.parametrize(
    ("skipped", "state"),
    [(None, KeyState.ENABLED), (False, KeyState.ENABLED), (True, None), (DENIED, None)],
)
def test_a_key_that_is_made_without_a_version_has_no_state(skipped: Any, state: KeyState | None) -> None:
    found = health(skip_initial_version_creation=skipped, primary=UNSET).state
    assert isinstance(found, Unknown) if state is None else found == Known(state)
