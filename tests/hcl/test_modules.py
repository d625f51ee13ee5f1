"""Modules that a root calls: followed where their files are here, one gap where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Unknown, Why

CHILD = """
variable "name" { type = string }
variable "size" {
  type    = number
  default = 5
}
variable "options" {
  type = object({ enc = optional(bool, true), days = optional(number) })
  default = {}
}
resource "r" "this" {
  name    = var.name
  size    = var.size
  options = var.options
}
output "name" { value = "${var.name}!" }
"""


def test_inputs_defaults_conversion_and_outputs(project: Any) -> None:
    project.write(
        {
            "main.tf": """
module "m" {
  source  = "./child"
  name    = 7
  options = { days = "30", ignored = 1 }
}
resource "r" "after" { name = module.m.name }
""",
            "child/main.tf": CHILD,
        }
    )
    records = project.records()
    assert records["module.m.r.this"].values == {"name": "7", "size": 5, "options": {"enc": True, "days": 30}}
    assert str(records["module.m.r.this"].origin) == "child/main.tf:11"
    assert records["r.after"].values == {"name": "7!"}


def test_count_and_for_each_of_modules_and_in_modules(project: Any) -> None:
    project.write(
        {
            "main.tf": 'module "m" {\n  for_each = { a = 2, b = 0 }\n  source = "./child"\n  n = each.value\n}\n',
            "child/main.tf": 'variable "n" {}\nmodule "deep" {\n  count = var.n\n  source = "../deep"\n}\n',
            "deep/main.tf": 'resource "r" "x" {\n  where = path.module\n}\n',
        }
    )
    records = project.records()
    assert list(records) == ['module.m["a"].module.deep[0].r.x', 'module.m["a"].module.deep[1].r.x']
    assert next(iter(records.values())).values == {"where": "deep"}


@pytest.mark.parametrize(
    ("source", "what", "remedy"),
    [
        ("terraform-aws-modules/vpc/aws", 'module "vpc" is not here: terraform-aws-modules/vpc/aws', "run `terraform init` first"),
        ("git::https://example.com/x.git", 'module "vpc" is not here: git::https://example.com/x.git', "run `terraform init` first"),
        (
            "git::https://u:t0ken@a.com/x.git?ref=1",
            'module "vpc" is not here: git::https://***@a.com/x.git?ref=1',
            "run `terraform init` first",
        ),
        ("./missing", 'module "vpc" is not here: ./missing', ""),
        ("../../beyond", 'module "vpc" lies outside the audited folder: ../../beyond', "audit a folder that holds both"),
    ],
)
def test_a_module_that_is_not_here_is_one_gap(project: Any, source: str, what: str, remedy: str) -> None:
    project.write(
        {
            "main.tf": f"""
module "vpc" {{
  source = "{source}"
  bucket = aws_s3_bucket.b.bucket
  key    = local.key
}}
locals {{ key = aws_kms_key.k.arn }}
resource "aws_s3_bucket" "b" {{ bucket = "plain" }}
resource "aws_kms_key" "k" {{}}
resource "x" "y" {{ id = module.vpc.vpc_id }}
"""
        }
    )
    collection = project.read()
    (gap,) = collection.gaps
    assert (gap.why, gap.what, str(gap.origin), gap.unit) == (Why.UNRESOLVED, what, "main.tf:2", ".")
    assert gap.remedy.startswith(remedy)
    assert sorted(gap.references) == ["aws_kms_key.k", "aws_s3_bucket.b"]
    value = project.records()["x.y"].values["id"]
    assert (value.detail, value.references) == ("module.vpc.vpc_id: the module is not here", ("module.vpc",))


def absent(project: Any, rest: str) -> str:
    project.write({"main.tf": f'module "vpc" {{\n  source = "a/b/c"\n{rest}\n'})
    (gap,) = project.read().gaps
    return str(gap.content)


def test_a_missing_module_that_is_told_something_else_is_another_gap(project: Any) -> None:
    """What it makes of that is not known: a change of it is not what was there before."""
    local = "  encrypted = local.e\n}}\nlocals {{ e = {} }}"
    sensitive = '  password = var.p\n}}\nvariable "p" {{\n  default = "{}"\n  sensitive = true\n}}'
    contents = [
        absent(project, '  version = "1.0.0"\n}'),
        absent(project, '  version = "2.0.0"\n}'),
        absent(project, local.format("true")),
        absent(project, local.format("false")),
        absent(project, "  for_each = toset(['a'])\n  encrypted = false\n}".replace("'", '"')),
        absent(project, '  providers = { aws = aws.us }\n}\nprovider "aws" {\n  alias = "us"\n}'),
    ]
    assert len({"", *contents}) == len(contents) + 1
    assert absent(project, local.format("true")) == absent(project, "\n  # a comment\n" + local.format("true"))
    assert absent(project, sensitive.format("one")) == absent(project, sensitive.format("two"))  # nothing of a secret is written down


def test_a_missing_module_that_touches_nothing_names_itself(project: Any) -> None:
    project.write({"main.tf": 'module "vpc" {\n  source = "a/b/c"\n  n = 1\n}\n'})
    assert project.read().gaps[0].references == ("module.vpc",)


def test_a_missing_module_in_several_instances_is_still_one_gap(project: Any) -> None:
    project.write(
        {
            "main.tf": 'module "m" {\n  for_each = toset(["a", "b"])\n  source = "./m"\n}\n',
            "m/main.tf": 'module "gone" {\n  source = "a/b/c"\n  to = r.x.id\n}\nresource "r" "x" {}\n',
        }
    )
    (gap,) = project.read().gaps
    assert gap.references == ('module.m["a"].r.x', 'module.m["b"].r.x')


def manifest(**entry: str) -> str:
    return json.dumps({"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "vpc", **entry}]})


REGISTRY = 'module "vpc" {\n  source  = "o/vpc/aws"\n  version = "5.1.0"\n}\n'
SOURCE = "registry.terraform.io/o/vpc/aws"


def test_a_module_that_init_fetched_is_followed(project: Any) -> None:
    project.write(
        {
            "main.tf": REGISTRY,
            ".terraform/modules/modules.json": manifest(Source=SOURCE, Version="5.1.0", Dir=".terraform/modules/vpc"),
            ".terraform/modules/vpc/main.tf": 'resource "r" "x" {}\n',
        }
    )
    assert list(project.records()) == ["module.vpc.r.x"]


@pytest.mark.parametrize(
    "entry",
    [
        {"Source": "registry.terraform.io/someone/else/aws", "Version": "5.1.0", "Dir": ".terraform/modules/vpc"},
        {"Source": SOURCE, "Version": "4.0.0", "Dir": ".terraform/modules/vpc"},
        {"Source": SOURCE, "Version": "5.1.0", "Dir": "../../etc"},
        {"Source": SOURCE, "Version": "5.1.0", "Dir": ".terraform/modules/gone"},
    ],
)
def test_a_fetched_module_that_is_another_one_is_not_followed(project: Any, entry: dict[str, str]) -> None:
    project.write(
        {
            "main.tf": REGISTRY,
            ".terraform/modules/modules.json": manifest(**entry),
            ".terraform/modules/vpc/main.tf": 'resource "r" "x" {}\n',
        }
    )
    collection = project.read()
    assert (collection.records, len(collection.gaps)) == ((), 1)


@pytest.mark.parametrize("content", ["[]", "{", '{"Modules": [{"Key": 1}]}', '{"Modules": 5}'])
def test_a_damaged_manifest_is_a_gap(project: Any, content: str) -> None:
    project.write({"main.tf": REGISTRY, ".terraform/modules/modules.json": content})
    assert ".terraform/modules/modules.json could not be read" in [gap.what for gap in project.read().gaps]


@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": 'module "m" {\n  source = "./"\n}\n'},
        {"main.tf": 'module "m" {\n  source = "./a"\n}\n', "a/main.tf": 'module "m" {\n  source = "../"\n}\n'},
    ],
)
def test_a_module_that_calls_itself_is_not_followed(project: Any, files: dict[str, str]) -> None:
    (gap,) = project.write(files).read().gaps
    assert (gap.why, gap.what) == (Why.BOUNDED, 'module "m" is not followed: it calls itself')


def test_modules_nested_without_end_stop_at_a_depth(project: Any) -> None:
    files = {f"m{i}/main.tf": f'module "m" {{\n  source = "../m{i + 1}"\n}}\n' for i in range(40)}
    project.write({**files, "main.tf": 'module "m" {\n  source = "./m0"\n}\n'})
    (gap,) = project.read().gaps
    assert gap.what == 'module "m" is not followed: modules are nested too deeply'


def test_a_link_out_of_the_boundary_is_not_followed(project: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside: Path = tmp_path_factory.mktemp("outside")
    (outside / "main.tf").write_text('resource "r" "secret" {}\n')
    (outside / "secret.txt").write_text("secret")
    project.write({"main.tf": 'module "m" {\n  source = "./link"\n}\nresource "x" "y" {\n  v = file("link/secret.txt")\n}\n'})
    (project.folder / "link").symlink_to(outside)
    collection = project.read()
    assert [record.address for record in collection.records] == ["x.y"]
    assert isinstance(collection.records[0].values["v"], Unknown)
    assert collection.gaps[0].what == 'module "m" lies outside the audited folder: ./link'


def test_a_source_that_is_not_plain_text_is_a_gap(project: Any) -> None:
    project.write({"main.tf": 'variable "s" {}\nmodule "m" {\n  source = var.s\n}\nmodule "n" {\n}\n'})
    assert {gap.what for gap in project.read().gaps} == {
        'module "m" has no source that is plain text',
        'module "n" has no source that is plain text',
    }


def test_an_input_that_the_call_leaves_out(project: Any) -> None:
    project.write({"main.tf": 'module "m" {\n  source = "./child"\n}\n', "child/main.tf": CHILD})
    value = project.records()["module.m.r.this"].values["name"]
    assert value.detail == "module.m gets no value for var.name, which has no default (child/main.tf:2)"
