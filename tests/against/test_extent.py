"""`gate --against` and waivers know how far a breach reached: what reaches further is new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.against.test_revision import git
from tests.cli.console import document, outcomes, run

PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\nprovider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n'
PORTS, COPIES, MINIMUM, KEPT = (
    "sensitive-ports-closed-to-world",
    "copies-in-allowed-jurisdiction",
    "tls-minimum-version",
    "backups-kept-long-enough",
)


def group(first: int, last: int, cidrs: str = '"0.0.0.0/0"') -> str:
    rule = f'    from_port   = {first}\n    to_port     = {last}\n    protocol    = "tcp"\n    cidr_blocks = [{cidrs}]\n'
    return f'resource "aws_security_group" "x" {{\n  ingress {{\n{rule}  }}\n}}\n'


def account(version: str) -> str:
    return f'resource "azurerm_storage_account" "x" {{\n  location        = "westeurope"\n  min_tls_version = "{version}"\n}}\n'


def database(days: int) -> str:
    return f'resource "aws_db_instance" "x" {{\n  engine                  = "mysql"\n  backup_retention_period = {days}\n}}\n'


def key(*regions: str) -> str:
    copies = "".join(
        f'provider "aws" {{\n  alias  = "r{number}"\n  region = "{region}"\n}}\n'
        f'resource "aws_kms_replica_key" "r{number}" {{\n  provider = aws.r{number}\n  primary_key_arn = aws_kms_key.x.arn\n}}\n'
        for number, region in enumerate(regions)
    )
    return f'resource "aws_kms_key" "x" {{\n  multi_region = true\n}}\n{copies}'


SIX = group(22, 22).replace("cidr_blocks", "ipv6_cidr_blocks").replace("0.0.0.0", "::")
WIDER = [
    (PORTS, "aws_security_group.x", group(22, 22), group(0, 65535), "tcp IPv4 22"),
    (PORTS, "aws_security_group.x", group(22, 22), SIX, "tcp IPv4 22"),
    (COPIES, "aws_kms_key.x", key("us-east-1"), key("us-east-1", "ap-south-1"), "us-east-1"),
    (COPIES, "aws_kms_key.x", key("us-east-1"), key("us-west-2"), "us-east-1"),
    (MINIMUM, "azurerm_storage_account.x", account("TLS1_1"), account("TLS1_0"), "TLS 1.1"),
    (KEPT, "aws_db_instance.x", database(20), database(1), "days missing 21-30"),
]  # fmt: skip
IDS = [f"{check} {number}" for number, (check, *_) in enumerate(WIDER)]


def write(folder: Path, text: str, waivers: str = "") -> None:
    (folder / "main.tf").write_text(PROVIDER + text, encoding="utf-8")
    if waivers:
        (folder / "cloudaudit-waivers.toml").write_text(waivers, encoding="utf-8")


def committed(folder: Path, text: str) -> None:
    write(folder, text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")


def judged(folder: Path, check: str, *options: str) -> Any:
    vouched = () if "--against" in options else ("--repository-waivers",)
    return document("gate", ".", "--check", check, "--today", "2031-01-01", *vouched, *options, cwd=folder)


def waiver(check: str, resource: str, extent: str | None) -> str:
    answers = 'owner = "platform"\nticket = "OPS-12"\nreason = "a bastion"\nexpires = 2031-01-31\n'
    accepted = f"extent = {json.dumps([extent])}\n" if extent is not None else ""
    return f'[[waiver]]\ncheck = "{check}"\nresource = "{resource}"\n{accepted}{answers}'


@pytest.mark.parametrize(("check", "address", "narrow", "wide", "extent"), WIDER, ids=IDS)
def test_a_breach_that_reaches_further_than_in_the_base_blocks(
    tmp_path: Path, check: str, address: str, narrow: str, wide: str, extent: str
) -> None:
    committed(tmp_path, narrow)
    assert judged(tmp_path, check, "--against", "HEAD")["gate"]["exit_code"] == 0
    write(tmp_path, wide)
    result = judged(tmp_path, check, "--against", "HEAD")
    (found,) = (one for one in result["findings"] if one["resource"]["address"] == address)
    assert (result["gate"]["exit_code"], found["before"]) == (1, "fail")
    assert found["reason"].endswith(f"; wider than in HEAD: there {extent}")


@pytest.mark.parametrize(("check", "address", "narrow", "wide", "extent"), WIDER, ids=IDS)
def test_a_breach_that_reaches_further_than_its_waiver_is_not_waived(
    tmp_path: Path, check: str, address: str, narrow: str, wide: str, extent: str
) -> None:
    write(tmp_path, narrow, waiver(check, address, extent))
    accepted = judged(tmp_path, check)
    assert (outcomes(accepted)[address, check], accepted["gaps"]) == ("waived", [])
    write(tmp_path, wide)
    result = judged(tmp_path, check)
    assert outcomes(result)[address, check] == "fail"
    (gap,) = result["gaps"]
    assert gap["what"] == f"the waiver of {check} for {address} does not cover what it names: it accepts {extent}"
    (found,) = (one for one in result["findings"] if one["resource"]["address"] == address)
    assert gap["remedy"] == f"fix the finding, or write extent = {json.dumps(found['extent'])}"


def test_what_gets_narrower_is_known_and_waived(tmp_path: Path) -> None:
    committed(tmp_path, group(0, 65535))
    write(tmp_path, group(22, 22))
    assert judged(tmp_path, PORTS, "--against", "HEAD")["gate"]["exit_code"] == 0
    write(tmp_path, group(22, 22), waiver(PORTS, "aws_security_group.x", "tcp IPv4 1-1000"))
    assert judged(tmp_path, PORTS)["gate"]["exit_code"] == 0


def test_a_waiver_that_does_not_say_how_far_covers_only_what_cannot_get_wider(tmp_path: Path) -> None:
    write(tmp_path, group(22, 22), waiver(PORTS, "aws_security_group.x", None))
    result = judged(tmp_path, PORTS)
    assert outcomes(result)["aws_security_group.x", PORTS] == "fail"
    (gap,) = result["gaps"]
    assert gap["what"].endswith("does not cover what it names: it does not say how far the breach may reach")
    assert gap["remedy"] == 'fix the finding, or write extent = ["tcp IPv4 22"]'
    write(
        tmp_path,
        database(30) + 'resource "aws_ebs_volume" "v" {\n  encrypted = false\n}\n',
        waiver("data-encrypted-at-rest", "aws_ebs_volume.v", None),
    )
    assert outcomes(judged(tmp_path, "data-encrypted-at-rest"))["aws_ebs_volume.v", "data-encrypted-at-rest"] == "waived"


def test_a_comment_says_it_too(tmp_path: Path) -> None:
    said = f'# cloudaudit:waive {PORTS} reason="a bastion" owner="platform" ticket="OPS-12" until=2031-01-31'
    write(tmp_path, f"{said}\n{group(22, 23)}")
    (gap,) = judged(tmp_path, PORTS)["gaps"]
    assert gap["remedy"] == 'fix the finding, or write extent="tcp IPv4 22-23"'
    write(tmp_path, f'{said} extent="tcp IPv4 22-23; udp IPv4 22"\n{group(22, 23)}')
    assert judged(tmp_path, PORTS)["gate"]["exit_code"] == 0
    write(tmp_path, f'{said} extent="tcp IPv4 22-23; udp IPv4 22"\n{group(22, 3306)}')
    assert judged(tmp_path, PORTS)["gate"]["exit_code"] == 1


def test_the_command_writes_down_how_far_and_a_wider_breach_can_be_waived_anew(tmp_path: Path) -> None:
    def waive() -> Any:
        run("gate", ".", "--check", PORTS, "-f", "json=r.json", cwd=tmp_path)
        found = json.loads((tmp_path / "r.json").read_text())["findings"]
        (name,) = (one["fingerprint"] for one in found if one["check"] == PORTS)
        answers = ("--owner", "platform", "--ticket", "OPS-12", "--reason", "a bastion", "--until", "2031-01-31")
        return run("waive", name, "--from", "r.json", *answers, "--today", "2031-01-01", cwd=tmp_path)

    write(tmp_path, group(22, 22))
    assert waive().returncode == 0
    assert 'extent = ["tcp IPv4 22"]\n' in (tmp_path / "cloudaudit-waivers.toml").read_text()
    write(tmp_path, group(22, 23))
    again = waive()
    assert (again.returncode, "accepts another extent" in again.stderr) == (0, True)
    assert outcomes(judged(tmp_path, PORTS))["aws_security_group.x", PORTS] == "waived"


MANY = group(22, 22).replace('"x"', '"this"') + group(22, 22).replace('"aws_security_group" "x"', '"aws_default_security_group" "this"')


def test_a_wildcard_over_several_types_of_a_critical_check_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, MANY, waiver(PORTS, "*.this", "tcp IPv4 22"))
    result = judged(tmp_path, PORTS, "--fail-on", "never")
    assert set(outcomes(result).values()) == {"fail"}
    assert result["gate"]["exit_code"] == 3
    (gap,) = result["gaps"]
    assert (
        gap["what"]
        == f"the waiver of {PORTS} for *.this does not count: it leaves open which types of resources it names, for a critical check"
    )
    assert gap["remedy"] == ('write a waiver for each: resource = "aws_default_security_group.this"; resource = "aws_security_group.this"')
    write(tmp_path, MANY, waiver(PORTS, "aws_security_group.this*", "tcp IPv4 22"))
    assert sorted(outcomes(judged(tmp_path, PORTS)).values()) == ["fail", "fail"]  # the name itself is left open
    write(tmp_path, MANY, waiver(PORTS, "aws_security_group.this", "tcp IPv4 22"))
    assert sorted(outcomes(judged(tmp_path, PORTS)).values()) == ["fail", "waived"]


@pytest.mark.parametrize(
    ("pattern", "counts"), [("*.x", False), ("*group.x", False), ("aws_security_group.x", True), ("module.*.aws_security_group.x", True)]
)
def test_a_wildcard_that_leaves_the_type_open_does_not_count_whatever_this_run_holds(tmp_path: Path, pattern: str, counts: bool) -> None:
    call = 'module "m" {\n  source = "./m"\n}\n'
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "main.tf").write_text(group(22, 22), encoding="utf-8")
    write(tmp_path, call if "module" in pattern else group(22, 22), waiver(PORTS, pattern, "tcp IPv4 22"))
    assert ("waived" in outcomes(judged(tmp_path, PORTS)).values()) is counts


@pytest.mark.parametrize("extent", ["[]", "3", '[""]', "[3]"])
def test_an_extent_that_is_none_is_malformed(tmp_path: Path, extent: str) -> None:
    write(tmp_path, group(22, 22), waiver(PORTS, "aws_security_group.x", "EXTENT").replace('["EXTENT"]', extent))
    (gap,) = judged(tmp_path, PORTS)["gaps"]
    assert "a waiver is malformed: extent" in gap["what"]


def test_a_result_that_does_not_tell_how_far_is_refused(tmp_path: Path) -> None:
    write(tmp_path, group(22, 22))
    run("gate", ".", "-f", "json=r.json", cwd=tmp_path)
    former = json.loads((tmp_path / "r.json").read_text())
    for finding in former["findings"]:
        del finding["extent"]
    (tmp_path / "old.json").write_text(json.dumps(former))
    (tmp_path / "infra").mkdir()
    (tmp_path / "main.tf").rename(tmp_path / "infra" / "main.tf")
    git(tmp_path / "infra", "init", "-q")
    done = run("gate", "infra", "--baseline", "old.json", cwd=tmp_path)
    assert (done.returncode, "old.json: not a JSON result of this version of cloudaudit: make it again" in done.stderr) == (2, True)
