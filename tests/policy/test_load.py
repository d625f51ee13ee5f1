"""Configuration: every mistake gets file, key and what was expected."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudaudit.policy import Policy
from cloudaudit.policy.load import BUILT_IN, PolicyError, find, load
from cloudaudit.policy.sense import faults, weaker
from tests.cli.console import run

MISTAKES = {
    '[backup]\nmin-days = "x"': "backup.min-days = 'x': expected `int`",
    "[backup]\nmin_days = 30": "backup.min_days is not a key: did you mean min-days?",
    "[bakcup]\nmin-days = 30": "bakcup is not a key: did you mean backup?",
    "colour = 1": "colour is not a key: expected one of",
    "[backup]\nmin-days = 40": "backup.min-days = 40: expected at most backup.max-days, 35",
    "[backup]\nmin-days = -1": "backup.min-days = -1: expected `int` >= 0",
    '[backup]\nmode = "loose"': "backup.mode = 'loose': expected one of exact, max-only, min-only, window",
    '[tls]\nencrypted-behind = ["443"]': 'tls.encrypted-behind has "443": expected a protocol and a port, such as tcp/443',
    '[tls]\nminimum-version = "1.4"': "tls.minimum-version = '1.4': expected one of 1.0, 1.1, 1.2, 1.3",
    '[encryption]\nciphers = ["DES"]': "encryption.ciphers[0] = 'DES': expected one of",
    '[residency]\nallow = ["Europe"]': 'residency.allow has "Europe": expected EU, EEA, adequacy:CH',
    "[residency]\nallow = []": "residency.allow = []: expected at least one",
    "[encryption]\nciphers = []": "encryption.ciphers = []: expected at least one cipher, such as AES-256",
    "[network]\nadmin-ports = []": "network.admin-ports = []: expected at least one port, such as 22",
    "[network]\ndata-ports = []": "network.data-ports = []: expected at least one port, such as 5432",
    "[environments]\ntag-keys = []": "environments.tag-keys = []: expected at least one key",
    '[environments]\ntest = ["Prod"]': 'environments.test has "prod", which means production: expected a word that means one environment',
    '[environments]\ntest = ["production"]': 'environments.test has "production", which means production',
    '[environments]\nproduction = ["test"]': 'environments.test has "test", which means production',
    '[environments.accounts]\n"111111111111" = "prodution"': "did you mean production?",
    "[network]\nadmin-ports = [70000]": "network.admin-ports[0] = 70000: expected `int` <= 65535",
    '[aws]\nregions = ["Frankfurt"]': 'aws.regions has "Frankfurt": expected the name of a region, such as eu-central-1',
    "backup = 3": "backup = 3: expected `object`",
    "[backup": "not TOML",
    '[gate]\nfail-on = "all"': "gate.fail-on = 'all': expected one of critical, high, low, medium, never",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cloudaudit.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ")
    assert MISTAKES[text] in str(error.value)
    assert "\n" not in str(error.value)


WEAKER = {
    '[tls]\nminimum-version = "1.1"': "tls.minimum-version = 1.1: ISP-09 asks for TLS 1.2",
    "[encryption]\nkey-rotation-max-days = 366": "encryption.key-rotation-max-days = 366: ISP-06 asks for 365",
    "[backup]\nmin-days = 29": "backup.min-days = 29: ISP-29 asks for 30",
    "[backup]\nmax-days = 36": "backup.max-days = 36: ISP-29 asks for 35 at most",
    "[waivers]\nmax-days = 4000": "waivers.max-days = 4000: a waiver lasts 90 days at most by WVR-EXPIRY",
}


@pytest.mark.parametrize("text", WEAKER)
def test_what_is_weaker_than_the_clause_is_told_and_counts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cloudaudit.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path).weaker == (WEAKER[text],)
    for command in (["policy", "-c", str(path)], ["gate", str(tmp_path), "-c", str(path)]):
        assert f"cloudaudit: {path}: {WEAKER[text]}" in run(*command, cwd=tmp_path).stderr


def test_the_built_in_policy_makes_sense() -> None:
    assert (list(faults(Policy())), list(weaker(Policy()))) == ([], [])


def test_a_check_that_nobody_knows_is_refused_where_the_policy_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "cloudaudit.toml"
    path.write_text('[waivers]\nforbid-checks = ["data-encrypted-at-rst"]\n', encoding="utf-8")
    done = run("policy", "-c", str(path), cwd=tmp_path)
    assert (done.returncode, "did you mean data-encrypted-at-rest?" in done.stderr) == (2, True)


def test_every_value_knows_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "cloudaudit.toml"
    path.write_text("[backup]\nmax-days = 90\n", encoding="utf-8")
    rows = {key: (value, origin) for key, value, origin in load(path).rows()}
    assert rows["backup.max-days"] == (90, str(path))
    assert rows["backup.min-days"] == (30, BUILT_IN)


def test_the_nearest_file_up_to_the_repository_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "cloudaudit.toml").write_text("", encoding="utf-8")
    inner = tmp_path / "repository" / "inner"
    inner.mkdir(parents=True)
    assert find(inner) == tmp_path / "cloudaudit.toml"
    (tmp_path / "repository" / ".git").mkdir()
    assert find(inner) is None
    (tmp_path / "repository" / "cloudaudit.toml").write_text("", encoding="utf-8")
    assert find(inner) == tmp_path / "repository" / "cloudaudit.toml"


def test_a_missing_or_unreadable_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="not TOML"):
        load(tmp_path / "binary.toml")


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_a_policy_or_a_message(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cloudaudit.toml"
        path.write_text(text, encoding="utf-8", errors="replace")
        message = ""
        try:
            load(path)
        except PolicyError as error:
            message = str(error)
    assert len(message.splitlines()) <= 1
