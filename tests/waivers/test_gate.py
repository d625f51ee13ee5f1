"""Waivers at the gate, as a user meets them: what they cover, who may write them, and what is told when one is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.console import document, outcomes, run

TODAY = "2031-01-01"
CHECK = "data-encrypted-at-rest"
PROVIDER = 'provider "aws" {\n  region = "eu-central-1"\n}\n'
VOLUME = 'resource "aws_ebs_volume" "v" {\n  availability_zone = "eu-central-1a"\n  size = 8\n  encrypted = false\n}\n'
OPEN = 'variable "on" {}\n' + VOLUME.replace("false", "var.on")
KEY = ("aws_ebs_volume.v", CHECK)


def entry(**changes: str) -> str:
    fields = {
        "check": f'"{CHECK}"', "resource": '"aws_ebs_volume.v"', "owner": '"platform"', "ticket": '"OPS-12"',
        "reason": '"holds no data"', "expires": "2031-01-31", **changes,
    }  # fmt: skip
    return "[[waiver]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items() if value)


def put(folder: Path, *, main: str = VOLUME, waivers: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf").write_text(PROVIDER + main, encoding="utf-8")
    if waivers is not None:
        (folder / "cloudaudit-waivers.toml").write_text(waivers, encoding="utf-8")
    return folder


def gate(folder: Path, *arguments: str) -> dict[str, Any]:
    return document("gate", *(arguments or (".",)), "--repository-waivers", "--today", TODAY, cwd=folder)


def problems(result: dict[str, Any]) -> list[str]:
    return [gap["what"] for gap in result["gaps"]]


def test_a_waived_failure_passes_the_gate_and_stays_visible_with_owner_ticket_and_end(tmp_path: Path) -> None:
    put(tmp_path, waivers="# the volumes\n\n" + entry())
    done = run(
        "gate", ".", "--repository-waivers", "--today", TODAY, "-f", "text", "-f", "json=r.json", "-f", "sarif=r.sarif", cwd=tmp_path
    )
    assert done.returncode == 0
    for part in ("WAIVED", "data is not encrypted; waived until 2031-01-31 by platform (OPS-12): holds no data", "1 waived"):
        assert part in done.stdout
    (finding,) = [item for item in json.loads((tmp_path / "r.json").read_text())["findings"] if item["outcome"] == "waived"]
    assert finding["waiver"] == {
        "owner": "platform",
        "ticket": "OPS-12",
        "expires": "2031-01-31",
        "reason": "holds no data",
        "file": "cloudaudit-waivers.toml",
        "line": 3,
    }
    sarif = json.loads((tmp_path / "r.sarif").read_text())
    (suppressed,) = [item["suppressions"][0] for item in sarif["runs"][0]["results"] if "suppressions" in item]
    assert (suppressed["kind"], suppressed["justification"]) == (
        "external",
        "waived until 2031-01-31 by platform (OPS-12): holds no data",
    )


@pytest.mark.parametrize(
    ("name", "waivers", "told"),
    [
        ("expired", entry(expires="2030-12-20"), "expired 12 days ago, on 2030-12-20"),
        ("too long", entry(expires="2031-06-30"), "and the policy allows 90"),
        ("malformed", entry(owner=""), "a waiver is malformed: it has no owner"),
        ("every check", entry(check='"*"'), '"*" is every check'),
        ("no check", entry(check='"data-encripted-at-rest"'), "no check is called that"),
        ("not TOML", "[[waiver", "cloudaudit-waivers.toml is not TOML"),
    ],
)
def test_a_waiver_that_does_not_count_is_told_and_the_finding_fails(tmp_path: Path, name: str, waivers: str, told: str) -> None:
    result = gate(put(tmp_path, waivers=waivers))
    assert outcomes(result)[KEY] == "fail", name
    assert result["gate"]["exit_code"] == 1
    assert any(told in problem for problem in problems(result))
    assert "1 problem with waivers" in result["gate"]["reasons"]
    (gap,) = result["gaps"]
    assert (gap["why"], gap["file"]) == ("unsupported", "cloudaudit-waivers.toml")
    assert gap["remedy"]


@pytest.mark.parametrize("resource", ['"aws_ebs_volume.other"', '"aws_ebs_volume.v[*]"', '"aws_ebs_volume"'])
def test_an_unused_waiver_makes_the_evidence_incomplete(tmp_path: Path, resource: str) -> None:
    result = gate(put(tmp_path, main=VOLUME.replace("false", "true"), waivers=entry(resource=resource)))
    assert result["gate"]["exit_code"] == 3
    assert any("covers no finding" in problem for problem in problems(result))


def test_a_waiver_of_what_was_fixed_is_told(tmp_path: Path) -> None:
    result = gate(put(tmp_path, main=VOLUME.replace("false", "true"), waivers=entry()))
    assert result["gate"]["exit_code"] == 3
    assert any("is not needed: what it covers does not fail" in problem for problem in problems(result))


def test_the_last_day_counts_and_the_next_does_not(tmp_path: Path) -> None:
    put(tmp_path, waivers=entry())
    assert document("gate", ".", "--repository-waivers", "--today", "2031-01-31", cwd=tmp_path)["gate"]["exit_code"] == 0
    late = document("gate", ".", "--repository-waivers", "--today", "2031-02-01", cwd=tmp_path)
    assert late["gate"]["exit_code"] == 1
    assert any("expired 1 day ago" in problem for problem in problems(late))


def test_unknown_is_waived_only_as_such(tmp_path: Path) -> None:
    plain = gate(put(tmp_path, main=OPEN, waivers=entry()))
    assert outcomes(plain)[KEY] == "unknown"
    assert any("what it covers is unknown" in problem for problem in problems(plain))
    both = (entry(**{"accept-unknown": "true"}), entry(**{"accept-unknown": "true", "check": '"encryption-key-usable"'}))
    accepted = gate(put(tmp_path, main=OPEN, waivers="".join(both)))
    assert outcomes(accepted)[KEY] == "waived"
    assert accepted["gate"]["exit_code"] == 0


def test_one_waiver_covers_one_check_of_one_resource(tmp_path: Path) -> None:
    main = VOLUME + VOLUME.replace('"v"', '"w"')
    result = outcomes(gate(put(tmp_path, main=main, waivers=entry())))
    assert (result[KEY], result["aws_ebs_volume.w", CHECK]) == ("waived", "fail")


@pytest.mark.parametrize("resource", ['"aws_ebs_volume.v[*]"', "'aws_ebs_volume.v[\"a\"]'", '"*.v[*"'])
def test_a_star_is_a_wildcard_and_a_bracket_is_a_bracket(tmp_path: Path, resource: str) -> None:
    main = VOLUME.replace("{\n", '{\n  for_each = toset(["a"])\n', 1)
    result = gate(put(tmp_path, main=main, waivers=entry(resource=resource)))
    assert outcomes(result)['aws_ebs_volume.v["a"]', CHECK] == "waived"


GROUP = """
resource "aws_security_group" "g" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
CRITICAL = "sensitive-ports-closed-to-world"


@pytest.mark.parametrize("resource", ["*", "*.*", "aws_security_group.*", "aws_*", "?*", "aws_security_group.?", "module.m.*", "x.y[*"])
def test_a_wildcard_is_refused_for_a_critical_check(tmp_path: Path, resource: str) -> None:
    result = gate(put(tmp_path, main=GROUP, waivers=entry(check=f'"{CRITICAL}"', resource=f'"{resource}"')))
    assert outcomes(result)["aws_security_group.g", CRITICAL] == "fail"
    assert any("a wildcard is not allowed for sensitive-ports-closed-to-world, which is critical" in told for told in problems(result))


def test_a_critical_finding_can_be_waived_by_its_name(tmp_path: Path) -> None:
    result = gate(
        put(tmp_path, main=GROUP, waivers=entry(check=f'"{CRITICAL}"', resource='"aws_security_group.g"', extent='"tcp IPv4 22"'))
    )
    assert outcomes(result)["aws_security_group.g", CRITICAL] == "waived"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("forbid-checks = ['data-*']", "the policy forbids to waive data-encrypted-at-rest"),
        ("forbid-severities = ['high', 'critical']", "the policy forbids to waive data-encrypted-at-rest, which is high"),
        ("in-repository = 'never'", "is not honoured: the policy does not allow waivers of the audited repository"),
        ("max-days = 7", "and the policy allows 7"),
    ],
)
@pytest.mark.parametrize("own", ["", "[waivers]\nmax-days = 3650\nin-repository = 'always'\n"])
def test_a_waiver_of_the_repository_cannot_loosen_what_the_callers_policy_says(tmp_path: Path, rules: str, told: str, own: str) -> None:
    put(tmp_path / "audited", waivers=entry())
    (tmp_path / "audited" / ".git").mkdir()
    (tmp_path / "audited" / "cloudaudit.toml").write_text(own, encoding="utf-8")
    (tmp_path / "policy.toml").write_text(f"[waivers]\n{rules}\n", encoding="utf-8")
    result = gate(tmp_path, "audited", "--config", "policy.toml")
    assert outcomes(result)[KEY] == "fail"
    assert [told in problem for problem in problems(result)] == [True]


def test_the_caller_may_waive_where_the_repository_may_not_and_is_bound_by_the_forbidden_too(tmp_path: Path) -> None:
    put(tmp_path / "audited")
    (tmp_path / "own.toml").write_text(entry(), encoding="utf-8")
    (tmp_path / "policy.toml").write_text("[waivers]\nin-repository = 'never'\n", encoding="utf-8")
    arguments = ("audited", "--config", "policy.toml", "--waivers", "own.toml")
    assert outcomes(gate(tmp_path, *arguments))[KEY] == "waived"
    (tmp_path / "policy.toml").write_text(f"[waivers]\nforbid-checks = ['{CHECK}']\n", encoding="utf-8")
    assert outcomes(gate(tmp_path, *arguments))[KEY] == "fail"


def test_the_nearest_file_up_to_the_git_root_counts(tmp_path: Path) -> None:
    put(tmp_path / "repository" / "infra" / "prod")
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "cloudaudit-waivers.toml").write_text(entry(), encoding="utf-8")
    alone = gate(tmp_path, "repository/infra/prod")
    assert (outcomes(alone)[KEY], problems(alone)) == ("fail", [])
    (tmp_path / "repository" / "cloudaudit-waivers.toml").write_text(entry(unit='"infra/prod"'), encoding="utf-8")
    result = gate(tmp_path, "repository/infra/prod")
    assert outcomes(result)[KEY] == "waived"
    assert result["gate"]["exit_code"] == 0


def test_a_waiver_of_another_unit_is_no_concern_of_this_run(tmp_path: Path) -> None:
    put(tmp_path / "prod", waivers=None)
    put(tmp_path / "test", main=VOLUME.replace("false", "true"))
    (tmp_path / "cloudaudit-waivers.toml").write_text(entry(unit='"prod"'), encoding="utf-8")
    assert gate(tmp_path, "test")["gate"]["exit_code"] == 0
    both = gate(tmp_path, "prod", "test")
    assert both["gate"]["exit_code"] == 0
    assert sorted(item["outcome"] for item in both["findings"] if item["check"] == CHECK) == ["pass", "waived"]


def test_one_repository_cannot_waive_for_another(tmp_path: Path) -> None:
    for name in ("one", "two"):
        put(tmp_path / name)
        (tmp_path / name / ".git").mkdir()
    put(tmp_path / "one", waivers=entry())
    result = gate(tmp_path, "one", "two")
    told = {item["origin"]["file"]: item["outcome"] for item in result["findings"] if item["check"] == CHECK}
    assert told == {"one/main.tf": "waived", "two/main.tf": "fail"}


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "audited")
    (tmp_path / "audited" / ".git").mkdir()
    (tmp_path / "outside.toml").write_text(entry(), encoding="utf-8")
    (tmp_path / "audited" / "cloudaudit-waivers.toml").symlink_to(tmp_path / "outside.toml")
    result = gate(tmp_path, "audited")
    assert outcomes(result)[KEY] == "fail"
    assert any("lies outside the audited repository" in problem for problem in problems(result))


def test_a_waiver_is_not_called_unused_where_not_all_was_looked_at(tmp_path: Path) -> None:
    put(tmp_path, waivers=entry())
    assert gate(tmp_path, ".", "--check", "data-in-allowed-*")["gate"]["exit_code"] == 0
    (tmp_path / "main.tf").write_text('resource "aws_ebs_volume" {', encoding="utf-8")
    assert not any("covers no finding" in problem for problem in problems(gate(tmp_path)))


def test_plans_are_waived_by_the_same_file(tmp_path: Path) -> None:
    volume = {"availability_zone": "eu-central-1a", "encrypted": False}
    resource = {"address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v", "values": volume}
    plan = {"format_version": "1.2", "planned_values": {"root_module": {"resources": [resource]}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (tmp_path / "cloudaudit-waivers.toml").write_text(entry(unit='"plan.json"'), encoding="utf-8")
    assert outcomes(gate(tmp_path, "plan.json"))[KEY] == "waived"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--waivers", "none.toml"), "none.toml: no such file"),
        (("--config", "typo.toml"), 'waivers.forbid-checks has "data-encripted-at-rest"'),
        (("--config", "bad.toml"), "waivers.max_days is not a key: did you mean max-days?"),
    ],
)
def test_a_wrong_call_is_a_usage_error(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    put(tmp_path)
    (tmp_path / "typo.toml").write_text("[waivers]\nforbid-checks = ['data-encripted-at-rest']\n", encoding="utf-8")
    (tmp_path / "bad.toml").write_text("[waivers]\nmax_days = 9\n", encoding="utf-8")
    done = run("gate", ".", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
