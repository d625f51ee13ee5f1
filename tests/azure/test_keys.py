"""What the attributes of Key Vault keys mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.model import Cipher, Doubt, Encryption, KeyHealth, KeyState, Known, Location, Placement, Unknown, Why
from cloudaudit.model.partial import of_apply
from cloudaudit_azure.durations import days
from tests.azure.records import facet, maybe, record

KEY, VAULT = "azurerm_key_vault_key", "azurerm_key_vault"
DENIED: Doubt = Unknown(Why.DENIED, "Microsoft.KeyVault/vaults/keys/read")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P30D", 30),
        ("P4W", 28),
        ("P12M", 365),
        ("P1Y", 365),
        ("P1Y6M", 547.5),
        ("P2Y", 730),
        ("PT24H", 1),
        ("P1DT12H", 1.5),
        ("PT86400S", 1),
        ("p90d", 90),
        ("PT0S", None),
        ("P0D", None),
        (None, None),
    ],
)
def test_durations_in_days(text: str | None, expected: float | None) -> None:
    assert days(text) == Known(expected)


@pytest.mark.parametrize("text", ["", "P", "PT", "30", "30D", "P1.5D", "P-1D", "P1D1Y", "P1H", "PT1D", f"P{'9' * 40}D", "P\u0663D"])
def test_what_is_no_duration_is_unknown(text: str) -> None:
    assert isinstance(days(text), Unknown)


@given(st.integers(0, 99), st.integers(0, 11), st.integers(0, 99))
def test_parts_of_a_duration_add_up(years: int, months: int, rest: int) -> None:
    whole = days(f"P{years}Y{months}M{rest}D").map(lambda total: total or 0)
    parts = [days(f"P{years}Y"), days(f"P{months}M"), days(f"P{rest}D")]
    assert isinstance(whole, Known)
    assert whole.value == pytest.approx(sum(part.value or 0 for part in parts if isinstance(part, Known)))


def rotation(policy: Any) -> Any:
    return facet(KeyHealth, record(KEY, {"key_type": "RSA", "rotation_policy": policy})).rotation_days


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, Known(None)),
        ([], Known(None)),
        ([{"expire_after": "P1Y", "notify_before_expiry": "P30D"}], Known(None)),
        ([{"automatic": [{"time_after_creation": "P90D"}]}], Known(90)),
        ([{"automatic": [{"time_after_creation": "PT0S"}]}], Known(None)),
        ([{"expire_after": "P1Y", "automatic": [{"time_before_expiry": "P30D"}]}], Known(335)),
        ([{"expire_after": "P1Y", "automatic": [{"time_after_creation": "P60D", "time_before_expiry": "P30D"}]}], Known(60)),
        (DENIED, DENIED),
        ([{"automatic": DENIED}], DENIED),
        ([{"automatic": [{"time_after_creation": DENIED}]}], DENIED),
        ([{"expire_after": DENIED, "automatic": [{"time_before_expiry": "P30D"}]}], DENIED),
    ],
)
def test_how_often_a_key_rotates(policy: Any, expected: Any) -> None:
    assert rotation(policy) == expected


@pytest.mark.parametrize(
    "policy",
    [
        [{"automatic": [{"time_before_expiry": "P30D"}]}],
        [{"expire_after": "P30D", "automatic": [{"time_before_expiry": "P30D"}]}],
        [{"automatic": [{"time_after_creation": "often"}]}],
        [{"automatic": [{}, {}]}],
    ],
)
def test_a_rotation_that_cannot_be_told_is_unknown(policy: Any) -> None:
    assert isinstance(rotation(policy), Unknown)


@pytest.mark.parametrize(
    ("values", "cipher"),
    [
        ({"key_type": "RSA", "key_size": 2048}, Known(None)),
        ({"key_type": "RSA-HSM"}, Known(None)),
        ({"key_type": "EC"}, Known(None)),
        ({"key_type": "ec-hsm"}, Known(None)),
        ({"key_type": "oct-HSM", "key_size": 256}, Known(Cipher.AES_256)),
        ({"key_type": "oct-HSM", "key_size": 128}, Known(Cipher.AES_128)),
        ({"key_type": DENIED}, DENIED),
        ({"key_type": "oct-HSM", "key_size": DENIED}, DENIED),
    ],
)
def test_what_a_key_encrypts_with(values: dict[str, Any], cipher: Any) -> None:
    health = facet(KeyHealth, record(KEY, values))
    assert health.cipher == cipher
    assert health.state == Known(KeyState.ENABLED)


ROTATING = [{"automatic": [{"time_after_creation": "P90D"}]}]


def moment(seconds: float) -> Doubt:
    """What a configuration makes of the moment of the apply."""
    return Unknown(Why.COMPUTED, "timeadd", partial=of_apply(seconds, seconds))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, KeyState.ENABLED),
        ({"expiration_date": "2999-12-31T00:00:00Z"}, KeyState.ENABLED),
        ({"expiration_date": "2020-01-01T00:00:00Z"}, KeyState.EXPIRED),
        ({"expiration_date": "2020-01-01T00:00:00+02:00"}, KeyState.EXPIRED),
        ({"expiration_date": "2020-01-01T00:00:00Z", "rotation_policy": ROTATING}, None),
        ({"expiration_date": "2999-12-31T00:00:00Z", "rotation_policy": ROTATING}, KeyState.ENABLED),
        ({"expiration_date": moment(3600)}, KeyState.ENABLED),
        ({"expiration_date": moment(0)}, KeyState.EXPIRED),
        ({"expiration_date": moment(-3600)}, KeyState.EXPIRED),
        ({"not_before_date": moment(0)}, KeyState.ENABLED),
        ({"not_before_date": moment(3600)}, None),
        ({"expiration_date": Unknown(Why.COMPUTED, "of a plan, which does not tell how it is made")}, None),
        ({"expiration_date": DENIED}, None),
        ({"expiration_date": Unknown(Why.COMPUTED, "time_offset.x", references=("time_offset.x",))}, None),
        ({"expiration_date": "soon"}, None),
    ],
)
def test_a_key_is_enabled_until_it_expires(values: dict[str, Any], state: KeyState | None) -> None:
    found = facet(KeyHealth, record(KEY, {"key_type": "RSA", **values})).state
    assert found == Known(state) if state is not None else isinstance(found, Unknown)
    disk = record("azurerm_managed_disk", {"disk_encryption_set_id": "/des"})
    used = record("azurerm_disk_encryption_set", {"key_vault_key_id": "https://v.vault.azure.net/keys/k/1"}, id="/des")
    key = record(KEY, {"name": "k", **values}, id="https://v.vault.azure.net/keys/k/1")
    assert facet(Encryption, disk, used, key).key_state == found


@pytest.mark.parametrize("values", [{}, {"key_type": "ML-KEM"}, {"key_type": "oct-HSM"}, {"key_type": "oct", "key_size": 192}])
def test_a_kind_of_key_in_no_table_is_unknown(values: dict[str, Any]) -> None:
    assert isinstance(facet(KeyHealth, record(KEY, values)).cipher, Unknown)


def test_a_key_lies_where_its_vault_does() -> None:
    vault = record(VAULT, {"name": "v", "location": "Sweden Central"}, "v", id="/subscriptions/s/vaults/v")
    reference: Doubt = Unknown(Why.COMPUTED, references=(f"{VAULT}.v",), is_=f"{VAULT}.v.id")
    for link in (reference, "/SUBSCRIPTIONS/s/vaults/v"):
        placed = facet(Placement, record(KEY, {"key_vault_id": link}), vault)
        assert placed == Placement(Known(Location("swedencentral", "EU", "SE")))


@pytest.mark.parametrize("link", ["/subscriptions/s/vaults/other", Unknown(Why.UNRESOLVED, "var.vault", references=("var.vault",))])
def test_where_a_vault_lies_that_is_not_declared_is_judged_elsewhere(link: Any) -> None:
    assert maybe(Placement, [record(KEY, {"key_vault_id": link})]) is None


def test_a_key_without_a_vault_lies_nobody_knows_where() -> None:
    home = facet(Placement, record(KEY, {})).home
    assert isinstance(home, Unknown)
    assert home.detail == "the key names no vault"


@pytest.mark.parametrize(("begins", "known"), [("2020-01-01T00:00:00Z", True), ("2098-01-01T00:00:00Z", False), (None, True)])
def test_a_key_is_not_usable_before_its_time(begins: str | None, known: bool) -> None:
    health = facet(KeyHealth, record("azurerm_key_vault_key", {"name": "k", "key_type": "RSA", "not_before_date": begins}))
    assert isinstance(health.state, Known) is known
