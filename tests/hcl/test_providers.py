"""Where resources will live, and which tags they will have, as their providers say."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.model import Known, Unknown
from tests.partial import partial


def scope(project: Any, text: str, address: str) -> Any:
    project.write({"main.tf": text})
    return project.records()[address].scope


AWS = """
provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["123456789012"]
}
provider "aws" {
  alias  = "us"
  region = var.where
}
variable "where" { default = "us-east-1" }
"""


def test_region_account_and_partition_of_the_default_provider(project: Any) -> None:
    found = scope(project, AWS + 'resource "aws_x" "y" {}\n', "aws_x.y")
    assert (found.provider, found.account, found.region, found.partition) == ("aws", Known("123456789012"), Known("eu-central-1"), "aws")


@pytest.mark.parametrize(
    ("body", "region"),
    [
        ("provider = aws.us", "us-east-1"),
        ('provider = "aws.us"', "us-east-1"),
        ('region = "eu-north-1"', "eu-north-1"),
        ('provider = aws.us\n  region = "eu-north-1"', "eu-north-1"),
    ],
)
def test_region_by_alias_or_by_the_resource(project: Any, body: str, region: str) -> None:
    found = scope(project, AWS + f'resource "aws_x" "y" {{\n  {body}\n}}\n', "aws_x.y")
    assert (found.region, found.account) == (Known(region), Known(None if "aws.us" in body else "123456789012"))


@pytest.mark.parametrize(
    ("provider", "detail"),
    [
        ("", 'provider "aws" sets no region: the environment Terraform runs in decides; set it in the provider block'),
        ('provider "aws" {}', 'provider "aws" sets no region: the environment Terraform runs in decides; set it in the provider block'),
        ('variable "r" {}\nprovider "aws" {\n  region = var.r\n}', "var.r has no default and no value is given (main.tf:1)"),
    ],
)
def test_a_region_that_nobody_says_is_unknown(project: Any, provider: str, detail: str) -> None:
    found = scope(project, provider + '\nresource "aws_x" "y" {}\n', "aws_x.y")
    assert isinstance(found.region, Unknown)
    assert found.region.detail == detail


def test_an_alias_that_is_not_configured(project: Any) -> None:
    found = scope(project, AWS + 'resource "aws_x" "y" {\n  provider = aws.gone\n}\n', "aws_x.y")
    assert 'provider "aws.gone" sets no region' in found.region.detail


def test_providers_reach_modules(project: Any) -> None:
    project.write(
        {
            "main.tf": AWS
            + """
module "inherits" {
  source = "./m"
}
module "passed" {
  source    = "./m"
  providers = { aws = aws.us }
}
module "renamed" {
  source    = "./n"
  providers = { aws.there = aws.us }
}
""",
            "m/main.tf": 'module "deep" {\n  source = "../deep"\n}\n',
            "deep/main.tf": 'resource "aws_x" "y" {}\n',
            "n/main.tf": """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.there]
    }
  }
}
resource "aws_x" "y" { provider = aws.there }
""",
        }
    )
    regions = {address: record.scope.region.value for address, record in project.records().items()}
    assert regions == {
        "module.inherits.module.deep.aws_x.y": "eu-central-1",
        "module.passed.module.deep.aws_x.y": "us-east-1",
        "module.renamed.aws_x.y": "us-east-1",
    }


def test_azure_and_google(project: Any) -> None:
    project.write(
        {
            "main.tf": """
provider "azurerm" {
  features {}
  subscription_id = "00000000-0000-0000-0000-000000000000"
}
provider "google" {
  project = "proj"
  region  = "europe-west3"
}
provider "google-beta" { project = "beta" }
resource "azurerm_x" "y" {}
resource "google_x" "y" {}
resource "google_x" "own" {
  project = "other"
  region  = "europe-west4"
}
resource "google_x" "beta" { provider = google-beta }
resource "random_id" "y" {}
""",
        }
    )
    scopes = {address: record.scope for address, record in project.records().items()}
    assert (scopes["azurerm_x.y"].provider, scopes["azurerm_x.y"].account, scopes["azurerm_x.y"].region) == (
        "azure",
        Known("00000000-0000-0000-0000-000000000000"),
        Known(None),
    )
    google = scopes["google_x.y"]
    assert (google.provider, google.account, google.region) == ("gcp", Known("proj"), Known("europe-west3"))
    assert (scopes["google_x.own"].account, scopes["google_x.own"].region) == (Known("other"), Known("europe-west4"))
    assert scopes["google_x.beta"].account == Known("beta")
    assert isinstance(scopes["google_x.beta"].region, Unknown)
    assert scopes["random_id.y"].provider == "random"


def test_default_tags_join_the_tags_of_the_resource(project: Any) -> None:
    project.write(
        {
            "main.tf": """
variable "u" {}
provider "aws" {
  default_tags {
    tags = { Env = "prod", Team = "a" }
  }
}
provider "google" {
  default_labels = { env = "prod" }
}
resource "aws_x" "none" {}
resource "aws_x" "own" { tags = { Team = "b", Name = "n" } }
resource "aws_x" "hidden" { tags = var.u }
resource "aws_x" "partly" { tags = { Team = var.u } }
resource "google_x" "y" { labels = { app = "x" } }
resource "azurerm_x" "y" { tags = { a = "b" } }
""",
        }
    )
    values = {address: record.values for address, record in project.records().items()}
    assert values["aws_x.none"] == {"tags_all": {"Env": "prod", "Team": "a"}}
    assert values["aws_x.own"] == {
        "tags": {"Team": "b", "Name": "n"},
        "tags_all": {"Env": "prod", "Team": "b", "Name": "n"},
    }
    assert isinstance(values["aws_x.hidden"]["tags_all"], Unknown)
    assert values["aws_x.partly"]["tags_all"]["Env"] == "prod"
    assert isinstance(values["aws_x.partly"]["tags_all"]["Team"], Unknown)
    assert values["google_x.y"] == {"labels": {"app": "x"}, "effective_labels": {"env": "prod", "app": "x"}}
    assert values["azurerm_x.y"] == {"tags": {"a": "b"}}


def test_data_sources_that_follow_from_the_provider(project: Any) -> None:
    around = AWS + 'data "aws_region" "r" {}\ndata "aws_caller_identity" "me" {}\ndata "aws_partition" "p" {}\n'
    expression = '"arn:${data.aws_partition.p.partition}:x:${data.aws_region.r.name}:${data.aws_caller_identity.me.account_id}"'
    assert project.value(expression, around) == "arn:aws:x:eu-central-1:123456789012"


def test_data_sources_of_a_provider_that_does_not_say(project: Any) -> None:
    around = 'data "aws_region" "r" {}\ndata "aws_caller_identity" "me" {}\n'
    assert "sets no region" in project.unknown("data.aws_region.r.name", around).detail
    value = project.unknown('"arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"', around)
    assert value.partial == partial("arn:aws:iam::${data.aws_caller_identity.me.account_id}:root")
