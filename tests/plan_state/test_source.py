"""A plan beside the configuration that it was made of: which resource a value is, that the plan alone cannot tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cloudaudit.cli import cli

HEAD = """
resource "aws_vpc" "prod" {
  cidr_block = "10.0.0.0/16"
  tags       = { environment = "production" }
}
resource "aws_vpc" "v" {
  count      = 2
  cidr_block = "10.1.0.0/16"
  tags       = { environment = count.index == 0 ? "production" : "development" }
}
"""
LOCALS = "locals {\n  first = aws_vpc.v[0].id\n  last  = aws_vpc.v[1].id\n}\n"
PEERING = """
resource "aws_vpc_peering_connection" "p" {{
  vpc_id      = aws_vpc.prod.id
  peer_vpc_id = {expression}
}}
"""
VPCS = {"aws_vpc.prod": "production", "aws_vpc.v[0]": "production", "aws_vpc.v[1]": "development"}


def plan(references: list[str]) -> dict[str, Any]:
    """What `terraform show -json` says of it, in the parts that count."""

    def change(address: str, kind: str, name: str, after: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
        body = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
        return {"address": address, "mode": "managed", "type": kind, "name": name, "change": body}

    def declared(kind: str, name: str, **expressions: Any) -> dict[str, Any]:
        return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "expressions": expressions}

    vpcs = [
        change(address, "aws_vpc", address.split(".")[1].split("[")[0], {"tags": {"environment": environment}}, {"id": True})
        for address, environment in VPCS.items()
    ]
    ends = {"vpc_id": True, "peer_vpc_id": True, "id": True}
    kind = "aws_vpc_peering_connection"
    resources = [
        declared("aws_vpc", "prod", cidr_block={"constant_value": "10.0.0.0/16"}),
        declared("aws_vpc", "v", cidr_block={"constant_value": "10.1.0.0/16"}, tags={"references": ["count.index"]}),
        declared(kind, "p", vpc_id={"references": ["aws_vpc.prod.id", "aws_vpc.prod"]}, peer_vpc_id={"references": references}),
    ]
    return {
        "format_version": "1.2",
        "resource_changes": [*vpcs, change(f"{kind}.p", kind, "p", {"accept_status": None}, ends)],
        "configuration": {"root_module": {"resources": resources}},
    }


def outcome(folder: Path, *options: str) -> tuple[str, int, list[str]]:
    path = folder / "plans" / "plan.json"
    result = CliRunner().invoke(cli, ["gate", str(path), "--format", "json", *options], standalone_mode=False)
    document = json.loads(result.stdout)
    (finding,) = (finding for finding in document["findings"] if finding["check"] == "no-peering-across-environments")
    return finding["outcome"], int(result.return_value or 0), [gap["what"] for gap in document["gaps"]]


def written(folder: Path, expression: str, references: list[str]) -> Path:
    (folder / "main.tf").write_text(HEAD + LOCALS + PEERING.format(expression=expression))
    (folder / "plans").mkdir()
    (folder / "plans" / "plan.json").write_text(json.dumps(plan(references)))
    return folder


@pytest.mark.parametrize(
    ("expression", "references", "alone", "with_source"),
    [
        ("aws_vpc.v[1].id", ["aws_vpc.v[1].id", "aws_vpc.v[1]", "aws_vpc.v"], "fail", "fail"),
        ("aws_vpc.v[0].id", ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"], "unknown", "pass"),
        ("aws_vpc.v[1 - 0].id", ["aws_vpc.v"], "unknown", "fail"),
        ("[for i, v in aws_vpc.v : v.id if i != 0][0]", ["aws_vpc.v"], "unknown", "fail"),
        ("[for i, v in aws_vpc.v : v.id if i == 0][0]", ["aws_vpc.v"], "unknown", "pass"),
        ("local.first", ["local.first"], "unknown", "pass"),
        ("local.last", ["local.last"], "unknown", "fail"),
        ('replace(aws_vpc.v[0].id, "a", "b")', ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"], "unknown", "unknown"),
        ('"${aws_vpc.v[0].id}x"', ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"], "unknown", "unknown"),
    ],
)
def test_a_plan_proves_no_link_and_its_configuration_does(
    tmp_path: Path, expression: str, references: list[str], alone: str, with_source: str
) -> None:
    folder = written(tmp_path, expression, references)
    assert outcome(folder)[0] == alone
    assert outcome(folder, "--source", str(folder))[::2] == (with_source, [])


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (("aws_vpc.prod.id", "aws_vpc.v[0].id"), "vpc_id of aws_vpc_peering_connection.p names other objects"),
        (('"aws_vpc" "prod"', '"aws_vpc" "other"'), "aws_vpc.other is declared in one of them only"),
    ],
)
def test_a_folder_that_the_plan_was_not_made_of_is_a_gap(tmp_path: Path, change: tuple[str, str], difference: str) -> None:
    folder = written(tmp_path, "aws_vpc.v[0].id", ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"])
    main = folder / "main.tf"
    main.write_text(main.read_text().replace(*change))
    verdict, code, gaps = outcome(folder, "--source", str(folder))
    assert (verdict, code) == ("unknown", 3)
    assert any(difference in what for what in gaps)


def test_a_folder_that_names_another_instance_than_the_plan_proves_nothing(tmp_path: Path) -> None:
    """The plan names instance 1, which is of another environment; the folder says 0."""
    folder = written(tmp_path, "aws_vpc.v[0].id", ["aws_vpc.v[1].id", "aws_vpc.v[1]", "aws_vpc.v"])
    assert outcome(folder)[0] == "fail"
    assert outcome(folder, "--source", str(folder))[0] in {"fail", "unknown"}


def test_modules_beside_the_folder_are_compared_too(tmp_path: Path) -> None:
    folder = written(tmp_path, "aws_vpc.v[0].id", ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"])
    path = folder / "plans" / "plan.json"
    document = json.loads(path.read_text())
    inner = [{"address": "aws_vpc.x", "mode": "managed", "type": "aws_vpc", "name": "x", "expressions": {}}]
    document["configuration"]["root_module"]["module_calls"] = {"m": {"source": "./m", "module": {"resources": inner}}}
    path.write_text(json.dumps(document))
    (folder / "main.tf").write_text((folder / "main.tf").read_text() + 'module "m" {\n  source = "./m"\n}\n')
    (folder / "m").mkdir()
    (folder / "m" / "main.tf").write_text('resource "aws_vpc" "x" {}\n')
    verdict, _, gaps = outcome(folder, "--source", str(folder))
    assert (verdict, [what for what in gaps if "made of" in what]) == ("pass", [])
    (folder / "m" / "main.tf").write_text('resource "aws_vpc" "y" {}\n')
    verdict, code, gaps = outcome(folder, "--source", str(folder))
    assert (verdict, code) == ("unknown", 3)
    assert any("is declared in one of them only, in module.m" in what for what in gaps)


def in_module(document: dict[str, Any]) -> dict[str, Any]:
    """The same plan where all of it stands in a module that the root calls."""
    moved = {"module_address": "module.net"}
    changes = [{**change, **moved, "address": f"module.net.{change['address']}"} for change in document["resource_changes"]]
    call = {"source": "../../modules/net", "module": document["configuration"]["root_module"]}
    return {**document, "resource_changes": changes, "configuration": {"root_module": {"module_calls": {"net": call}}}}


@pytest.mark.parametrize(
    ("changed", "expected"), [("", "pass"), ("# moved away", "unknown"), (("aws_vpc.prod.id", "aws_vpc.v[0].id"), "unknown")]
)
def test_modules_beside_the_folder_prove_what_they_declare(tmp_path: Path, changed: Any, expected: str) -> None:
    root, module = tmp_path / "envs" / "prod", tmp_path / "modules" / "net"
    for folder in (tmp_path / ".git", root, module):
        folder.mkdir(parents=True)
    (root / "main.tf").write_text('module "net" {\n  source = "../../modules/net"\n}\n')
    text = HEAD + PEERING.format(expression="aws_vpc.v[0].id")
    if changed != "# moved away":
        (module / "main.tf").write_text(text.replace(*changed) if changed else text)
    (root / "plans").mkdir()
    references = ["aws_vpc.v[0].id", "aws_vpc.v[0]", "aws_vpc.v"]
    (root / "plans" / "plan.json").write_text(json.dumps(in_module(plan(references))))
    verdict, _, gaps = outcome(root, "--source", str(root))
    assert (verdict, [what.rpartition(": ")[2] for what in gaps]) == (
        expected,
        ["vpc_id of aws_vpc_peering_connection.p names other objects, in module.net"] if isinstance(changed, tuple) else [],
    )


KEYS = Path(__file__).parent / "data" / "keys"  # a configuration and its plan, as Terraform writes it
ROOT, MODULE = "main.tf", "k/main.tf"


@pytest.mark.parametrize(
    ("file", "change", "difference"),
    [
        (ROOT, ("", ""), ""),
        (ROOT, ("\n", "\r\n"), ""),
        (ROOT, ("1\n", "1.0\n"), ""),
        (MODULE, ('"first"\n', '"second"\n'), "default of var.other is another value, in module.k"),
        (MODULE, ('a = "1"', "a = 1.0"), ""),
        (MODULE, ("aws_kms_key.first.arn :", "aws_kms_key.second.arn :"), "value of output.arn names other objects, in module.k"),
        (MODULE, ("is_enabled = false", "is_enabled = true"), "is_enabled of aws_kms_key.first is another value, in module.k"),
        (ROOT, ('use    = "first"', 'use    = "second"'), "use of module.k is another value"),
        (ROOT, ('use    = "first"', "use    = var.settings.zone"), "use of module.k names other objects"),
        (ROOT, ("more   = null", 'other  = "second"'), "more of module.k names other objects"),
        (ROOT, ("more   = null", 'more   = null\n  other  = "second"'), "other of module.k is given in the folder only"),
        (ROOT, ('data = "x"', 'data = "y"'), "for_each of aws_ebs_volume.v is another value"),
        (ROOT, ("kms_master_key_id = module.k.arn", "kms_master_key_id = null"), "rule of aws_s3_bucket_server"),
        (ROOT, ("[2, 1]", "[3]"), "default of var.settings is another value"),
        (ROOT, ("[2, 1]", "[1, 2]"), ""),
        (ROOT, ('region = "eu-central-1"', 'region = "eu-west-1"'), 'region of provider "aws" is another value'),
        (ROOT, ('region = "eu-central-1"', "region = var.settings.zone"), 'region of provider "aws" names other objects'),
        (ROOT, ('provider "aws" {', 'provider "aws" {\n  alias = "other"'), 'region of provider "aws" names other objects'),
    ],
)
def test_a_folder_proves_a_key_only_if_the_plan_was_made_of_it(tmp_path: Path, file: str, change: tuple[str, str], difference: str) -> None:
    (tmp_path / "k").mkdir()
    for name in (ROOT, MODULE):
        text = (KEYS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_bytes((text.replace(*change) if name == file and change[0] else text).encode())
    options = ["--format", "json", "--source", str(tmp_path)]
    result = CliRunner().invoke(cli, ["gate", str(KEYS / "plan.json"), *options], standalone_mode=False)
    document = json.loads(result.stdout)
    (verdict,) = (
        finding["outcome"]
        for finding in document["findings"]
        if (finding["resource"]["address"], finding["check"]) == ('aws_ebs_volume.v["data"]', "encryption-key-usable")
    )
    told = [gap["what"] for gap in document["gaps"]]
    assert (verdict, len(told)) == (("unknown", 1) if difference else ("fail", 0)), told
    assert difference in "".join(told)
