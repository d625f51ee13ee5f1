"""Copies are facts of their own: one that is known to be abroad fails, whatever is unknown beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudaudit_azure.azapi_types import COPIES as AZAPI

COPIES = "copies-in-allowed-jurisdiction"
AZURE = """
variable "id" {{ type = string }}
resource "azurerm_mssql_server" "eu" {{ location = "westeurope" }}
resource "azurerm_mssql_server" "us" {{ location = "eastus" }}
resource "azurerm_mssql_server" "fr" {{ location = "francecentral" }}
resource "azurerm_mssql_database" "d" {{
  server_id            = azurerm_mssql_server.eu.id
  storage_account_type = "Local"
}}
resource "azurerm_mssql_database" "other" {{
  server_id            = azurerm_mssql_server.eu.id
  storage_account_type = "Local"
}}
resource "azurerm_storage_account" "eu" {{
  location                 = "westeurope"
  account_replication_type = "LRS"
}}
resource "azurerm_storage_account" "us" {{
  location                 = "eastus"
  account_replication_type = "LRS"
}}
{more}
"""


def group(databases: str, *partners: str) -> str:
    blocks = "".join(f"  partner_server {{ id = {partner} }}\n" for partner in partners)
    body = f"  server_id = azurerm_mssql_server.eu.id\n  databases = {databases}\n{blocks}"
    return AZURE.format(more=f'resource "azurerm_mssql_failover_group" "g" {{\n{body}}}\n')


def secondary(source: str, server: str) -> str:
    body = f'  create_mode = "Secondary"\n  creation_source_database_id = {source}\n  server_id = {server}\n'
    return AZURE.format(more=f'resource "azurerm_mssql_database" "s" {{\n{body}}}\n')


def replication(destination: str) -> str:
    more = f"  source_storage_account_id = azurerm_storage_account.eu.id\n  destination_storage_account_id = {destination}\n"
    return AZURE.format(more=f'resource "azurerm_storage_object_replication" "r" {{\n{more}}}\n')


D = "azurerm_mssql_database.d"


@pytest.mark.parametrize(
    ("main", "address", "expected"),
    [
        (AZURE.format(more=""), D, "not_applicable"),
        (group(f"[{D}.id]", "azurerm_mssql_server.us.id"), D, "fail"),
        (group(f"[{D}.id]", "azurerm_mssql_server.fr.id"), D, "pass"),
        (group(f"[{D}.id]", "azurerm_mssql_server.fr.id", "azurerm_mssql_server.us.id"), D, "fail"),
        (group(f"[{D}.id]", "var.id"), D, "unknown"),
        (group(f"[{D}.id]", "azurerm_mssql_server.us.id", "var.id"), D, "fail"),
        (group(f"[{D}.id]", '"/subscriptions/1/resourceGroups/g/providers/Microsoft.Sql/servers/elsewhere"'), D, "unknown"),
        (group("[azurerm_mssql_database.other.id]", "azurerm_mssql_server.us.id"), D, "not_applicable"),
        (group("[azurerm_mssql_database.other.id]", "azurerm_mssql_server.us.id"), "azurerm_mssql_database.other", "fail"),
        (group(f"[azurerm_mssql_database.other.id, {D}.id]", "azurerm_mssql_server.us.id"), D, "fail"),
        (group("[var.id]", "azurerm_mssql_server.us.id"), D, "unknown"),
        (group("[]", "azurerm_mssql_server.us.id"), D, "not_applicable"),
        (secondary(f"{D}.id", "azurerm_mssql_server.us.id"), D, "fail"),
        (secondary(f"{D}.id", "azurerm_mssql_server.fr.id"), D, "pass"),
        (secondary(f"{D}.id", "var.id"), D, "unknown"),
        (secondary("var.id", "azurerm_mssql_server.us.id"), D, "unknown"),
        (secondary("azurerm_mssql_database.other.id", "azurerm_mssql_server.us.id"), D, "not_applicable"),
        (replication("azurerm_storage_account.us.id"), "azurerm_storage_account.eu", "fail"),
        (replication("var.id"), "azurerm_storage_account.eu", "unknown"),
        (replication("azurerm_storage_account.us.id"), "azurerm_storage_account.us", "not_applicable"),
    ],
)
def test_copies_of_azure(gate: Callable[..., Any], main: str, address: str, expected: str) -> None:
    found = gate(main)
    assert found.outcomes[address, COPIES] == expected, found.reasons[address, COPIES]


TWO = """
provider "aws" { region = "eu-central-1" }
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "fr"
  region = "eu-west-3"
}
variable "arn" { type = string }
"""
KEY = """
resource "aws_kms_key" "k" {{
  multi_region        = {multi}
  enable_key_rotation = true
}}
resource "aws_kms_replica_key" "r" {{
  provider        = aws.{where}
  primary_key_arn = {primary}
}}
"""
BUCKET = """
resource "aws_s3_bucket" "b" {{ bucket = "b" }}
resource "aws_s3_bucket" "us" {{
  provider = aws.us
  bucket   = "us"
}}
resource "aws_s3_bucket_replication_configuration" "r" {{
  bucket = aws_s3_bucket.b.id
  role   = "arn:aws:iam::111111111111:role/r"
  rule {{
    status = "Enabled"
    destination {{ bucket = {first} }}
  }}
  rule {{
    status = "Enabled"
    destination {{ bucket = {second} }}
  }}
}}
"""


@pytest.mark.parametrize(
    ("main", "address", "expected"),
    [
        (KEY.format(multi="true", where="us", primary="aws_kms_key.k.arn"), "aws_kms_key.k", "fail"),
        (KEY.format(multi="true", where="fr", primary="aws_kms_key.k.arn"), "aws_kms_key.k", "pass"),
        (KEY.format(multi="true", where="us", primary="var.arn"), "aws_kms_key.k", "unknown"),
        (KEY.format(multi="false", where="us", primary="var.arn"), "aws_kms_key.k", "not_applicable"),
        (BUCKET.format(first="aws_s3_bucket.us.arn", second="var.arn"), "aws_s3_bucket.b", "fail"),
        (BUCKET.format(first="var.arn", second="aws_s3_bucket.us.arn"), "aws_s3_bucket.b", "fail"),
        (BUCKET.format(first="var.arn", second="var.arn"), "aws_s3_bucket.b", "unknown"),
    ],
)
def test_a_copy(gate: Callable[..., Any], main: str, address: str, expected: str) -> None:
    found = gate(TWO + main)
    assert found.outcomes[address, COPIES] == expected, found.reasons[address, COPIES]


REPLICA = """
resource "aws_db_instance" "p" {{
  engine     = "postgres"
  identifier = "p"
}}
resource "aws_db_instance" "r" {{
  provider            = {where}
  replicate_source_db = {source}
}}
"""
GLOBAL = """
resource "aws_rds_global_cluster" "g" {{
  global_cluster_identifier = "g"
  {primary}
}}
resource "aws_rds_cluster" "p" {{
  engine                    = "aurora-postgresql"
  cluster_identifier        = "p"
  global_cluster_identifier = {own}
}}
resource "aws_rds_cluster" "s" {{
  provider                  = aws.{where}
  engine                    = "aurora-postgresql"
  global_cluster_identifier = {other}
}}
"""
CLOUD_SQL = """
provider "google" {{ project = "p" }}
resource "google_sql_database_instance" "p" {{
  name             = "p"
  region           = "europe-west3"
  database_version = "POSTGRES_16"
  settings {{ tier = "x" }}
}}
resource "google_sql_database_instance" "r" {{
  name                 = "r"
  region               = "{region}"
  database_version     = "POSTGRES_16"
  master_instance_name = {primary}
  settings {{ tier = "x" }}
}}
"""
HELD = "aws_rds_global_cluster.g.id"


@pytest.mark.parametrize(
    ("main", "address", "expected"),
    [
        (REPLICA.format(where="aws.us", source="aws_db_instance.p.arn"), "aws_db_instance.p", "fail"),
        (REPLICA.format(where="aws.fr", source="aws_db_instance.p.arn"), "aws_db_instance.p", "pass"),
        (REPLICA.format(where="aws", source="aws_db_instance.p.identifier"), "aws_db_instance.p", "not_applicable"),
        (REPLICA.format(where="aws.us", source="var.arn"), "aws_db_instance.p", "unknown"),
        (REPLICA.format(where="aws.us", source="aws_db_instance.p.arn"), "aws_db_instance.r", "not_applicable"),
        (GLOBAL.format(primary="", own=HELD, where="us", other=HELD), "aws_rds_cluster.p", "fail"),
        (GLOBAL.format(primary="", own=HELD, where="fr", other=HELD), "aws_rds_cluster.p", "pass"),
        (GLOBAL.format(primary="", own='"g"', where="us", other='"g"'), "aws_rds_cluster.p", "fail"),
        (GLOBAL.format(primary="", own='"g"', where="us", other='"h"'), "aws_rds_cluster.p", "not_applicable"),
        (GLOBAL.format(primary="", own=HELD, where="us", other="var.arn"), "aws_rds_cluster.p", "unknown"),
        (
            GLOBAL.format(primary="source_db_cluster_identifier = aws_rds_cluster.p.arn", own="null", where="us", other=HELD),
            "aws_rds_cluster.p",
            "fail",
        ),
        (CLOUD_SQL.format(region="us-east1", primary="google_sql_database_instance.p.name"), "google_sql_database_instance.p", "fail"),
        (CLOUD_SQL.format(region="europe-west4", primary="google_sql_database_instance.p.name"), "google_sql_database_instance.p", "pass"),
        (CLOUD_SQL.format(region="us-east1", primary="var.arn"), "google_sql_database_instance.p", "unknown"),
    ],
)
def test_a_replica_is_a_copy_of_what_it_replicates(gate: Callable[..., Any], main: str, address: str, expected: str) -> None:
    assert gate(TWO + main).outcomes[address, COPIES] == expected


OF_DISKS = {
    "azurerm_image": "  os_disk {\n    managed_disk_id = azurerm_managed_disk.of.id\n  }\n",
    "azurerm_shared_image_version": "  os_disk_snapshot_id = azurerm_managed_disk.of.id\n",
}
"""Images, which nobody judges by themselves: what is made of them is a copy of the disk that they are made of."""

LEAVES = sorted((kind, arm, path) for kind, arms in AZAPI.items() for arm, paths in arms.items() for path in paths)


@pytest.mark.parametrize(("kind", "arm", "path"), LEAVES)
def test_what_azapi_copies_may_be_anything_where_a_variable_names_it(gate: Callable[..., Any], kind: str, arm: str, path: str) -> None:
    body = "var.id"
    for step in reversed(path.split(".")):
        name = step.removesuffix("[]")
        body = f"{{ {name} = {body if step == name else f'[{body}]'} }}"
    home = '  location = "westeurope"\n  account_replication_type = "LRS"\n'
    own = f'{home}  server_id = azurerm_mssql_server.eu.id\n  storage_account_type = "Local"\n'
    copy = f'  type = "{arm}@2024-01-01"\n  name = "c"\n  parent_id = "/subscriptions/x"\n  location = "eastus"\n  body = {body}\n'
    disk = f'resource "azurerm_managed_disk" "of" {{\n{home}}}\n' if kind in OF_DISKS else ""
    made = f'resource "{kind}" "x" {{\n{own}{OF_DISKS.get(kind, "")}}}\n'
    found = gate(AZURE.format(more=f'{disk}{made}resource "azapi_resource" "c" {{\n{copy}}}\n'))
    assert found.outcomes["azurerm_managed_disk.of" if disk else f"{kind}.x", COPIES] == "unknown"
