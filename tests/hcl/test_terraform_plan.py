"""The instances and values of whole configurations are those that `terraform plan` gives, wherever both know.

`terraform_data` is built into Terraform, so that nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from cloudaudit.model import Unknown

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")

ROOT = """
variable "environment" {
  type = string
}
variable "services" {
  type = map(object({
    port     = number
    public   = optional(bool, false)
    replicas = optional(number, 1)
    tags     = optional(map(string), { owner = "none" })
    rules    = optional(list(object({ cidr = string, ports = optional(set(number), [443]) })), [])
  }))
}
variable "zones" {
  type    = list(string)
  default = ["b", "a", "c"]
}
locals {
  name     = "app-${var.environment}"
  public   = { for k, v in var.services : k => v if v.public }
  replicas = merge([for k, v in var.services : { for i in range(v.replicas) : "${k}-${i}" => merge(v, { index = i }) }]...)
  pairs    = { for pair in setproduct(keys(var.services), var.zones) : join("/", pair) => pair }
  by_port  = { for k, v in var.services : v.port => k... }
  rules    = flatten([for k, v in var.services : [for r in v.rules : [for p in r.ports : { service = k, cidr = r.cidr, port = p }]]])
}
resource "terraform_data" "one" {
  input = {
    name  = local.name
    zones = [for i, z in var.zones : "${local.name}-${z}-${i}"]
    ports = local.by_port
    rules = local.rules
    big   = var.environment == "prod" ? 3 : 1
    text  = <<-EOT
      %{for k, v in var.services~}
      ${k}: ${v.port}%{if v.public} (public)%{endif}
      %{endfor~}
      end
    EOT
  }
}
resource "terraform_data" "counted" {
  count = var.environment == "prod" ? length(var.zones) : 0
  input = [count.index, var.zones[count.index], element(var.zones, count.index + 1)]
}
resource "terraform_data" "each" {
  for_each = local.replicas
  input    = { key = each.key, port = each.value.port + each.value.index, owner = lookup(each.value.tags, "owner", "x") }
}
resource "terraform_data" "pairs" {
  for_each = local.pairs
  input    = each.value
}
resource "terraform_data" "set" {
  for_each = toset([for k, v in local.public : upper(k)])
  input    = each.key == each.value
}
resource "terraform_data" "none" {
  count = 0
  input = "never"
}
resource "terraform_data" "linked" {
  input = [terraform_data.one.input.name, length(terraform_data.counted), keys(terraform_data.each), terraform_data.counted[*].input]
}
module "cluster" {
  source   = "./cluster"
  for_each = local.public
  name     = each.key
  settings = each.value
}
module "off" {
  source = "./cluster"
  count  = 0
  name   = "off"
}
module "plain" {
  source   = "./cluster"
  name     = module.cluster["web"].summary
  settings = { port = "8080" }
}
resource "terraform_data" "after" {
  input = { for k, m in module.cluster : k => m.names }
}
"""
CLUSTER = """
variable "name" { type = string }
variable "settings" {
  type = object({ port = number, replicas = optional(number, 2), tags = optional(map(string), {}) })
  default = { port = 1 }
}
locals {
  nodes = [for i in range(var.settings.replicas) : { name = format("%s-%02d", var.name, i), first = i == 0 }]
}
resource "terraform_data" "node" {
  count = length(local.nodes)
  input = merge(local.nodes[count.index], { port = var.settings.port, path = path.module, tags = var.settings.tags })
}
module "dns" {
  source  = "../dns"
  records = { for n in local.nodes : n.name => n.first if n.first }
}
output "summary" { value = "${var.name}(${var.settings.replicas})" }
output "names" { value = terraform_data.node[*].input.name }
"""
DNS = 'variable "records" {}\nresource "terraform_data" "record" {\n  for_each = var.records\n  input = [each.key, each.value]\n}\n'
VALUES = """
services = {
  web = { port = 443, public = true, replicas = 3, rules = [{ cidr = "10.0.0.0/8" }, { cidr = "0.0.0.0/0", ports = [80, 22, 80] }] }
  api = { port = "8443", public = true, tags = { owner = "team" } }
  db  = { port = 5432 }
  log = { port = 443, replicas = 0 }
}
"""


@pytest.fixture
def planned(project: Any) -> dict[str, Any]:
    """Address and `input` of every planned resource."""
    project.write(
        {
            "main.tf": ROOT,
            "cluster/main.tf": CLUSTER,
            "dns/main.tf": DNS,
            "terraform.tfvars": VALUES,
            "x.auto.tfvars.json": '{"environment": "prod"}',
        }
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    for arguments in (("init", "-input=false"), ("plan", "-input=false", "-out=plan")):
        run = subprocess.run(["terraform", *arguments], cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
    shown = subprocess.run(["terraform", "show", "-json", "plan"], cwd=project.folder, env=environment, capture_output=True, check=True)
    return dict(resources(json.loads(shown.stdout)["planned_values"]["root_module"]))


def resources(module: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for resource in module.get("resources", []):
        yield resource["address"], resource["values"].get("input")
    for child in module.get("child_modules", []):
        yield from resources(child)


def test_instances_and_values_are_those_of_the_plan(project: Any, planned: dict[str, Any]) -> None:
    collection = project.read()
    ours = {record.address: record.values["input"] for record in collection.records}
    assert sorted(ours) == sorted(planned)
    assert len(ours) > 30
    assert collection.gaps == ()
    assert not [address for address, value in ours.items() if isinstance(value, Unknown)]
    assert ours == planned
