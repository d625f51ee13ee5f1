"""A round of review: inputs that somebody wrote against the finished product, what is right for each, and why.

Rows are (configuration, address, check, outcomes that are right). UNKNOWN is right wherever Terraform alone could tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.verdicts.conftest import judged

COPIES, HOME, TLS, PORTS = (
    "copies-in-allowed-jurisdiction",
    "data-in-allowed-jurisdiction",
    "transport-encrypted",
    "sensitive-ports-closed-to-world",
)
USABLE, ENCRYPTED, PEERING, MINIMUM = (
    "encryption-key-usable",
    "data-encrypted-at-rest",
    "no-peering-across-environments",
    "tls-minimum-version",
)
KEPT, ROTATES, ALGORITHM, ONE = "backups-kept-long-enough", "key-rotates", "key-algorithm", "network-holds-one-environment"

AWS = """
provider "aws" { region = "eu-central-1" }
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
variable "x" {}
variable "b" { type = bool }
"""
VPCS = (
    AWS
    + """
resource "aws_vpc" "v" {
  for_each   = { prod = "production", dev = "development" }
  cidr_block = "10.0.0.0/16"
  tags       = { environment = each.value }
}
locals { other = { prod = "dev", dev = "prod" } }
"""
)


def peering(to: str, body: str = "") -> str:
    return (
        VPCS + f'resource "aws_vpc_peering_connection" "p" {{\n  vpc_id      = aws_vpc.v["prod"].id\n  peer_vpc_id = {to}\n  {body}\n}}\n'
    )


LINK = "aws_vpc_peering_connection.p"
IDENTITY = [
    (peering('aws_vpc.v["prod"].id'), LINK, PEERING, "pass"),
    (peering('aws_vpc.v["dev"].id'), LINK, PEERING, "fail"),
    (peering('aws_vpc.v[local.other["prod"]].id'), LINK, PEERING, "fail"),
    (peering('aws_vpc.v[local.other["dev"]].id'), LINK, PEERING, "pass"),
    (peering('[for k, v in aws_vpc.v : v.id if k != "prod"][0]'), LINK, PEERING, "fail"),
    (peering('one([for v in aws_vpc.v : v.id if v.tags.environment == "development"])'), LINK, PEERING, "fail"),
    (peering("values(aws_vpc.v)[0].id"), LINK, PEERING, "fail"),  # keys are in order: dev first
    (peering("values(aws_vpc.v)[1].id"), LINK, PEERING, "pass"),
    (peering('{ for k, v in aws_vpc.v : upper(k) => v.id }["DEV"]'), LINK, PEERING, "fail"),
    (peering('var.b ? aws_vpc.v["dev"].id : aws_vpc.v["prod"].id'), LINK, PEERING, "unknown"),
    (peering('coalesce(null, aws_vpc.v["dev"].id)'), LINK, PEERING, "fail unknown"),
    (peering('replace(aws_vpc.v["prod"].id, "vpc", "x")'), LINK, PEERING, "unknown"),
    (peering('"${aws_vpc.v["prod"].id}"'), LINK, PEERING, "pass"),
    (peering('try(aws_vpc.v["nope"].id, aws_vpc.v["dev"].id)'), LINK, PEERING, "fail"),
    (peering('element([aws_vpc.v["prod"].id, aws_vpc.v["dev"].id], 3)'), LINK, PEERING, "fail"),
    (peering("var.x"), LINK, PEERING, "unknown"),
    (peering('aws_vpc.v["dev"].id', "lifecycle { ignore_changes = [tags] }"), LINK, PEERING, "fail"),
]

POLICY = """
data "aws_iam_policy_document" "d" {{
  statement {{
    sid       = {sid}
    effect    = {effect}
    actions   = [{action}]
    resources = ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]
    principals {{
      type        = "*"
      identifiers = [{principal}]
    }}
    condition {{
      test     = {test}
      variable = {variable}
      values   = [{value}]
    }}
  }}
}}
resource "aws_s3_bucket" "b" {{ bucket = "logs" }}
resource "aws_s3_bucket_policy" "p" {{
  bucket = {bucket}
  policy = data.aws_iam_policy_document.d.json
}}
data "aws_ssm_parameter" "s" {{ name = "s" }}
"""
WELL = {
    "sid": '"tls"', "effect": '"Deny"', "action": '"s3:*"', "principal": '"*"', "test": '"Bool"', "variable": '"aws:SecureTransport"',
    "value": '"false"', "bucket": "aws_s3_bucket.b.id",
}  # fmt: skip


def policy(**changes: str) -> str:
    return AWS + POLICY.format(**{**WELL, **changes})


BUCKET = "aws_s3_bucket.b"
SSM = "data.aws_ssm_parameter.s.value"
PARTIAL = [
    (policy(), BUCKET, TLS, "pass"),
    (policy(effect='"Allow"'), BUCKET, TLS, "fail"),
    (policy(effect=SSM), BUCKET, TLS, "unknown"),
    (policy(effect=f'"De${{{SSM}}}"'), BUCKET, TLS, "unknown"),
    (policy(action=SSM), BUCKET, TLS, "unknown"),
    (policy(action='"s3:GetObject"'), BUCKET, TLS, "fail"),
    (policy(principal=SSM), BUCKET, TLS, "unknown"),
    (policy(principal='"arn:aws:iam::111111111111:root"'), BUCKET, TLS, "fail"),
    (policy(value=SSM), BUCKET, TLS, "unknown"),
    (policy(value='"true"'), BUCKET, TLS, "fail"),
    (policy(variable=SSM), BUCKET, TLS, "unknown"),
    (policy(test=SSM), BUCKET, TLS, "unknown"),
    (policy(sid=SSM), BUCKET, TLS, "pass unknown"),
    (policy(bucket="var.x"), BUCKET, TLS, "unknown"),
    (policy(bucket='"logs"'), BUCKET, TLS, "pass"),
    (policy(bucket='"elsewhere"'), BUCKET, TLS, "fail"),
]

DATABASE = """
resource "aws_db_parameter_group" "g" {{
  {place}
  name   = {name}
  family = "postgres14"
  parameter {{
    name  = "rds.force_ssl"
    value = {value}
  }}
}}
resource "aws_db_instance" "d" {{
  engine               = "postgres"
  engine_version       = "14.5"
  parameter_group_name = {group}
}}
"""


def database(**changes: str) -> str:
    given = {"place": "", "name": '"pg"', "value": '"1"', "group": "aws_db_parameter_group.g.name"}
    return AWS + DATABASE.format(**{**given, **changes})


DB = "aws_db_instance.d"
PLACES = [
    (database(), DB, TLS, "pass"),
    (database(value='"0"'), DB, TLS, "fail"),
    (database(group='"pg"'), DB, TLS, "pass"),
    (database(group='"PG"'), DB, TLS, "pass"),  # names are lower case in RDS
    (database(place="provider = aws.us", group='"pg"'), DB, TLS, "unknown fail"),
    (database(place="provider = aws.us"), DB, TLS, "unknown fail"),
    (database(group='"other"'), DB, TLS, "unknown"),
    (database(group="var.x"), DB, TLS, "unknown"),
    (database(name="var.x", group='"pg"'), DB, TLS, "unknown"),
    (database(place="count = var.b ? 1 : 0", group='"pg"'), DB, TLS, "unknown"),
    (database(value="var.x"), DB, TLS, "unknown"),
    (database(group="null"), DB, TLS, "fail"),  # the default group of PostgreSQL 14 leaves TLS optional
]


def volume(body: str, more: str = "") -> str:
    return AWS + f'resource "aws_ebs_volume" "v" {{\n  availability_zone = "eu-central-1a"\n  size = 8\n  {body}\n}}\n{more}'


VOLUME = "aws_ebs_volume.v"
DEFAULT = 'resource "aws_ebs_encryption_by_default" "e" {\n  enabled = %s\n}\n'
DEFAULTS = [
    (volume("encrypted = true"), VOLUME, ENCRYPTED, "pass"),
    (volume("encrypted = false", DEFAULT % "true"), VOLUME, ENCRYPTED, "fail"),
    (volume("", DEFAULT % "true"), VOLUME, ENCRYPTED, "pass"),
    (volume("", DEFAULT % "false"), VOLUME, ENCRYPTED, "fail"),
    (volume("", DEFAULT % "var.b"), VOLUME, ENCRYPTED, "unknown"),
    (volume(""), VOLUME, ENCRYPTED, "unknown"),
    (volume("encrypted = null", DEFAULT % "true"), VOLUME, ENCRYPTED, "pass"),
    (volume('encrypted = "true"'), VOLUME, ENCRYPTED, "pass"),
    (volume("encrypted = var.b"), VOLUME, ENCRYPTED, "unknown"),
    (volume("encrypted = true\n  lifecycle { ignore_changes = [encrypted] }"), VOLUME, ENCRYPTED, "unknown"),
    (volume("encrypted = true\n  lifecycle { ignore_changes = all }"), VOLUME, ENCRYPTED, "unknown"),
    (volume("encrypted = false\n  lifecycle { ignore_changes = all }"), VOLUME, ENCRYPTED, "fail"),
    (volume("encrypted = true\n  lifecycle { ignore_changes = [tags] }"), VOLUME, ENCRYPTED, "pass"),
    (volume("encrypted = true\n  lifecycle { prevent_destroy = true }"), VOLUME, ENCRYPTED, "pass"),
    (
        volume("encrypted = true\n  lifecycle {\n    create_before_destroy = true\n    ignore_changes = [size]\n  }"),
        VOLUME,
        ENCRYPTED,
        "pass",
    ),
    (volume("", DEFAULT.replace("{\n", "{\n  provider = aws.us\n") % "true"), VOLUME, ENCRYPTED, "unknown"),
]


def group(*rules: str, more: str = "") -> str:
    return AWS + 'resource "aws_security_group" "g" {\n' + "\n".join(f"  ingress {{\n{rule}\n  }}" for rule in rules) + f"\n}}\n{more}"


def rule(port: str = "22", cidr: str = '"0.0.0.0/0"', protocol: str = '"tcp"', last: str = "") -> str:
    return f"    from_port = {port}\n    to_port = {last or port}\n    protocol = {protocol}\n    cidr_blocks = [{cidr}]"


SPLIT = """
resource "aws_vpc_security_group_ingress_rule" "r" {{
  security_group_id = {group}
  ip_protocol       = {protocol}
  from_port         = {port}
  to_port           = {port}
  cidr_ipv4         = "0.0.0.0/0"
}}
"""
GROUP = "aws_security_group.g"
HALVES = '"0.0.0.0/1", "128.0.0.0/1"'
FILTERS = [
    (group(rule()), GROUP, PORTS, "fail"),
    (group(rule("443")), GROUP, PORTS, "pass"),
    (group(rule(cidr=HALVES)), GROUP, PORTS, "fail"),
    (group(rule(cidr=", ".join(f'"{n}.0.0.0/8"' for n in range(256)))), GROUP, PORTS, "fail"),
    (group(rule(cidr='"10.0.0.0/8"')), GROUP, PORTS, "pass"),
    (group(rule(cidr="var.x")), GROUP, PORTS, "unknown"),
    (group(rule(cidr="var.x"), rule()), GROUP, PORTS, "fail"),
    (group(rule("var.x")), GROUP, PORTS, "unknown"),
    (group(rule("0", last="0", protocol='"-1"')), GROUP, PORTS, "fail"),
    (group(rule("0", last="0", protocol="var.x")), GROUP, PORTS, "unknown"),
    (group(rule("443", protocol='"icmp"')), GROUP, PORTS, "pass"),
    (group(rule("80", last="90")), GROUP, PORTS, "pass"),
    (group(rule("20", last="30")), GROUP, PORTS, "fail"),
    (group(more=SPLIT.format(group="aws_security_group.g.id", protocol='"tcp"', port="22")), GROUP, PORTS, "fail"),
    (group(more=SPLIT.format(group="aws_security_group.g.id", protocol='"tcp"', port="443")), GROUP, PORTS, "pass"),
    (group(more=SPLIT.format(group="aws_security_group.g.id", protocol="var.x", port="443")), GROUP, PORTS, "unknown"),
    (group(more=SPLIT.format(group="aws_security_group.g.id", protocol='"-1"', port="443")), GROUP, PORTS, "fail"),
    (group(more=SPLIT.format(group="var.x", protocol='"tcp"', port="22")), GROUP, PORTS, "unknown"),
    (group(more=SPLIT.format(group='"sg-1"', protocol='"tcp"', port="22")), GROUP, PORTS, "pass"),
]


def account(body: str, head: str = "") -> str:
    place = 'location = "westeurope"\n  account_replication_type = "LRS"'
    return f'{head}variable "x" {{}}\nresource "azurerm_storage_account" "a" {{\n  {place}\n  {body}\n}}\n'


def version(text: str) -> str:
    return f'terraform {{\n  required_providers {{\n    azurerm = {{ source = "hashicorp/azurerm", version = "{text}" }}\n  }}\n}}\n'


ACCOUNT = "azurerm_storage_account.a"
VERSIONS = [
    (account(""), ACCOUNT, MINIMUM, "pass"),
    (account("", version("~> 4.0")), ACCOUNT, MINIMUM, "pass"),
    (account("", version("< 3.0")), ACCOUNT, MINIMUM, "fail"),
    (account("", version("= 2.99.0")), ACCOUNT, MINIMUM, "fail"),
    (account("", version(">= 2.0, <= 3.5")), ACCOUNT, MINIMUM, "unknown"),
    (account('min_tls_version = "TLS1_2"', version("~> 2.0")), ACCOUNT, MINIMUM, "pass"),
    (account('min_tls_version = "TLS1_0"', version("~> 4.0")), ACCOUNT, MINIMUM, "fail"),
    (account("min_tls_version = var.x"), ACCOUNT, MINIMUM, "unknown"),
    (account('min_tls_version = "TLS9_9"'), ACCOUNT, MINIMUM, "unknown"),
    (account("https_traffic_only_enabled = false"), ACCOUNT, TLS, "fail"),
    (account("enable_https_traffic_only = false", version("~> 3.0")), ACCOUNT, TLS, "fail"),
    (account("", version("~> 1.44")), ACCOUNT, TLS, "fail"),
    (account("enable_https_traffic_only = true", version("~> 1.44")), ACCOUNT, TLS, "pass"),
]


def tagged(network: str, subnet: str, head: str = "") -> str:
    vpc = f'resource "aws_vpc" "v" {{\n  cidr_block = "10.0.0.0/16"\n  tags = {network}\n}}\n'
    return AWS + head + vpc + f'resource "aws_subnet" "s" {{\n  vpc_id = aws_vpc.v.id\n  tags = {subnet}\n}}\n'


SUBNET = "aws_subnet.s"
TAGS = [
    (tagged('{ environment = "production" }', '{ environment = "production" }'), SUBNET, ONE, "pass"),
    (tagged('{ environment = "production" }', '{ environment = "test" }'), SUBNET, ONE, "fail"),
    (tagged('{ Environment = "prod" }', '{ env = "dev" }'), SUBNET, ONE, "fail"),
    (tagged('{ environment = "dev", Environment = "prod" }', '{ environment = "dev" }'), SUBNET, ONE, "unknown"),
    (tagged('{ environment = "prod", Environment = "production" }', '{ environment = "dev" }'), SUBNET, ONE, "fail"),
    (tagged("var.x", '{ environment = "dev" }'), SUBNET, ONE, "unknown"),
    (tagged('{ environment = var.b ? "prod" : "production" }', '{ environment = "test" }'), SUBNET, ONE, "fail"),
    (tagged('var.b ? { environment = "prod" } : { environment = "production" }', '{ environment = "test" }'), SUBNET, ONE, "fail unknown"),
    (tagged('var.b ? { environment = "prod" } : { environment = "test" }', '{ environment = "test" }'), SUBNET, ONE, "unknown"),
    (tagged('merge({ environment = "production" }, var.x)', '{ environment = "production" }'), SUBNET, ONE, "unknown"),
    (tagged('merge(var.x, { environment = "production" })', '{ environment = "test" }'), SUBNET, ONE, "fail unknown"),
    (tagged('{ Name = "prod-main" }', '{ Name = "dev-web" }'), SUBNET, ONE, "fail"),
    (tagged("{}", "{}"), SUBNET, ONE, "not_applicable"),
    (tagged('{ Name = "prod-main" }', '{ Name = "dev-web-${aws_vpc.v.arn}" }'), SUBNET, ONE, "fail"),  # the first word decides
    (tagged('{ Name = "prod-main" }', '{ Name = "prod-${aws_vpc.v.arn}" }'), SUBNET, ONE, "pass"),
    (tagged('{ Name = "prod-main" }', '{ Name = "prod${aws_vpc.v.arn}" }'), SUBNET, ONE, "unknown"),
    (tagged('{ Name = "prod-main" }', '{ Name = "web-${aws_vpc.v.arn}-prod" }'), SUBNET, ONE, "unknown"),
    (tagged('{ environment = "test" }', 'merge({ environment = "test" }, lookup({}, var.x, {}))'), SUBNET, ONE, "pass"),
    (tagged('{ environment = "test" }', 'lookup({ a = { environment = "dev" } }, var.x, { env = "prod" })'), SUBNET, ONE, "fail unknown"),
    (tagged('{ environment = "test" }', '[{ environment = "test" }, { env = "test" }][var.x]'), SUBNET, ONE, "pass unknown"),
]

KEY = """
resource "aws_kms_key" "off" {{ is_enabled = false }}
resource "aws_kms_key" "on" {{ enable_key_rotation = true }}
resource "aws_kms_alias" "a" {{
  name          = "alias/a"
  target_key_id = {target}
}}
resource "aws_db_instance" "d" {{
  engine            = "postgres"
  storage_encrypted = true
  kms_key_id        = {key}
}}
"""


def keyed(key: str, target: str = "aws_kms_key.off.id") -> str:
    return AWS + KEY.format(key=key, target=target)


KEYS = [
    (keyed("aws_kms_key.off.arn"), DB, USABLE, "fail"),
    (keyed("aws_kms_key.on.arn"), DB, USABLE, "pass"),
    (keyed("var.b ? aws_kms_key.off.arn : aws_kms_key.on.arn"), DB, USABLE, "unknown"),
    (keyed("var.b ? aws_kms_key.on.arn : null"), DB, USABLE, "pass unknown"),
    (keyed("aws_kms_alias.a.arn"), DB, USABLE, "fail"),
    (keyed("aws_kms_alias.a.arn", "aws_kms_key.on.id"), DB, USABLE, "pass"),
    (keyed('"alias/a"'), DB, USABLE, "fail"),
    (keyed('"alias/aws/rds"'), DB, USABLE, "pass"),
    (keyed("null"), DB, USABLE, "pass"),
    (keyed("var.x"), DB, USABLE, "not_applicable unknown"),
    (keyed('"arn:aws:kms:eu-central-1:111111111111:key/1"'), DB, USABLE, "not_applicable"),
    (keyed("coalesce(var.x, aws_kms_key.off.arn)"), DB, USABLE, "unknown"),
    (keyed("try(aws_kms_key.nope.arn, aws_kms_key.off.arn)"), DB, USABLE, "fail unknown"),
]

ROWS = [*IDENTITY, *PARTIAL, *PLACES, *DEFAULTS, *FILTERS, *VERSIONS, *TAGS, *KEYS]


@pytest.mark.parametrize(("main", "address", "check", "right"), ROWS, ids=[f"{row[2]} {number}" for number, row in enumerate(ROWS)])
def test_a_row_of_the_review(gate: Callable[..., Any], main: str, address: str, check: str, right: str) -> None:
    found = gate(main)
    assert found.outcomes.get((address, check)) in right.split(), found.reasons.get((address, check), found.gaps)


DISK = """
variable "x" {{}}
resource "google_kms_crypto_key" "k" {{ key_ring = "projects/p/locations/europe-west3/keyRings/r" }}
resource "google_compute_disk" "d" {{
  zone = "europe-west3-a"
  disk_encryption_key {{
    {key}
  }}
}}
"""


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ('raw_key = "SGVsbG8gZnJvbSBHb29nbGUgQ2xvdWQgUGxhdGZvcm0="', "not_applicable"),
        ('rsa_encrypted_key = "x"', "not_applicable"),
        ("raw_key = var.x", "unknown"),
        ("raw_key = null", "pass"),
        ("kms_key_self_link = google_kms_crypto_key.k.id", "pass"),
        ('kms_key_self_link = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/elsewhere"', "not_applicable"),
    ],
)
def test_a_key_that_the_customer_supplies_is_not_one_that_is_enabled(gate: Callable[..., Any], key: str, right: str) -> None:
    found = gate(DISK.format(key=key))
    assert found.outcomes["google_compute_disk.d", USABLE] == right, found.reasons["google_compute_disk.d", USABLE]


ADOPTED = [
    ('resource "aws_security_group" "g" { name = "g" }', "aws_security_group.g", PORTS),
    (
        (
            'resource "aws_ebs_encryption_by_default" "d" { enabled = true }\n'
            'resource "aws_ebs_volume" "g" { availability_zone = "eu-central-1a" }'
        ),
        "aws_ebs_volume.g",
        ENCRYPTED,
    ),
    ('resource "azurerm_network_security_group" "g" { location = "westeurope" }', "azurerm_network_security_group.g", PORTS),
    ('resource "azurerm_mssql_server" "g" { location = "westeurope" }', "azurerm_mssql_server.g", MINIMUM),
    ('resource "azurerm_storage_account" "g" { location = "westeurope" }', "azurerm_storage_account.g", MINIMUM),
]


@pytest.mark.parametrize(("main", "address", "check"), ADOPTED, ids=[row[1] for row in ADOPTED])
def test_what_an_import_block_adopts_has_no_defaults_of_creation(gate: Callable[..., Any], main: str, address: str, check: str) -> None:
    made = gate(AWS + main)
    assert made.outcomes[address, check] == "pass"
    for target in (address, f'{address}["x"]'):
        assert gate(AWS + main + f'\nimport {{\n  to = {target}\n  id = "x"\n}}\n').outcomes[address, check] == "unknown"
    assert gate(AWS + main + '\nimport {\n  to = aws_vpc.other\n  id = "x"\n}\n').outcomes[address, check] == "pass"
    assert gate(AWS + main + '\nimport {\n  id = "x"\n}\n').outcomes[address, check] == "unknown"


def test_what_an_adopted_resource_says_fails_all_the_same(gate: Callable[..., Any]) -> None:
    rule = '  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n'
    main = f'resource "aws_security_group" "g" {{\n{rule}}}\nimport {{\n  to = aws_security_group.g\n  id = "sg-1"\n}}\n'
    assert gate(AWS + main).outcomes["aws_security_group.g", PORTS] == "fail"


@pytest.mark.parametrize(
    ("provider", "right"),
    [
        ('region = "europe-west3"', "unknown"),
        ('region = "europe-west3"\n  zone = "europe-west3-a"', "pass"),
        ('region = "europe-west3"\n  zone = "us-central1-a"', "fail"),
        ('region = "us-east1"\n  zone = "us-central1-a"', "fail"),
        ('region = "europe-west3"\n  zone = var.x', "unknown"),
        ('zone = "us-central1-a"', "fail"),
    ],
)
def test_a_disk_without_a_zone_goes_to_the_zone_of_the_provider(gate: Callable[..., Any], provider: str, right: str) -> None:
    main = f'variable "x" {{}}\nprovider "google" {{\n  {provider}\n}}\nresource "google_compute_disk" "d" {{ name = "d" }}\n'
    assert gate(main).outcomes["google_compute_disk.d", HOME] in right.split()
    own = main.replace('{ name = "d" }', '{ zone = "europe-west3-b" }')
    assert gate(own).outcomes["google_compute_disk.d", HOME] == "pass"


@pytest.mark.parametrize("variable", ["GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"])
def test_a_disk_without_a_zone_goes_to_the_zone_of_the_environment(
    gate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    main = 'provider "google" {\n  region = "europe-west3"\n}\nresource "google_compute_disk" "d" { name = "d" }\n'
    monkeypatch.setenv(variable, "us-east1-b")
    assert gate(main).outcomes["google_compute_disk.d", HOME] == "fail"


TAGGED_PAIR = """
resource "aws_vpc" "a" {{
  cidr_block = "10.0.0.0/16"
  tags       = {{ Name = "{one}" }}
}}
resource "aws_vpc" "b" {{
  cidr_block = "10.1.0.0/16"
  tags       = {{ Name = "{other}" }}
}}
resource "aws_vpc_peering_connection" "p" {{
  vpc_id      = aws_vpc.a.id
  peer_vpc_id = aws_vpc.b.id
}}
"""


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        ("prod-vpc", "prod-other", "pass"),
        ("prod-vpc", "dev-vpc", "fail"),
        ("prod-vpc", "non-prod-vpc", "unknown fail"),
        ("prod-vpc", "NON-PROD", "unknown fail"),
        ("prod-vpc", "not_prod", "unknown fail"),
        ("prod-vpc", "pre-prod-vpc", "fail"),
        ("preprod-vpc", "pre-prod-vpc", "pass"),
        ("prod-vpc", "web-pre_prod", "fail"),
        ("dev-vpc", "non-prod-vpc", "unknown fail"),
    ],
)
def test_what_stands_before_a_word_of_a_name_counts(gate: Callable[..., Any], one: str, other: str, right: str) -> None:
    found = gate(TAGGED_PAIR.format(one=one, other=other))
    assert found.outcomes[LINK, PEERING] in right.split(), found.reasons[LINK, PEERING]


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ("", "pass"),
        ('name = "us-east-1"', "fail"),
        ('region = "us-east-1"', "fail"),
        ('endpoint = "ec2.us-east-1.amazonaws.com"', "pass unknown"),
    ],
)
def test_a_data_source_answers_by_its_own_arguments(gate: Callable[..., Any], arguments: str, right: str) -> None:
    zone = 'availability_zone = "${data.aws_region.r.name}a"'
    main = AWS + f'data "aws_region" "r" {{ {arguments} }}\nresource "aws_ebs_volume" "v" {{\n  {zone}\n  encrypted = true\n}}\n'
    assert gate(main).outcomes["aws_ebs_volume.v", HOME] in right.split()


VOLUME_JSON = {"availability_zone": "eu-central-1a", "encrypted": True}
GROUP_JSON = {"name": "g"}
JSON_ROWS = [
    ({"resource": {"aws_ebs_volume": {"v": VOLUME_JSON}}}, "aws_ebs_volume.v", ENCRYPTED, "pass"),
    (
        {"resource": {"aws_ebs_volume": {"v": {**VOLUME_JSON, "lifecycle": {"ignore_changes": ["encrypted"]}}}}},
        "aws_ebs_volume.v",
        ENCRYPTED,
        "unknown",
    ),
    (
        {"resource": {"aws_ebs_volume": {"v": {**VOLUME_JSON, "lifecycle": [{"ignore_changes": "all"}]}}}},
        "aws_ebs_volume.v",
        ENCRYPTED,
        "unknown",
    ),
    (
        {"resource": {"aws_ebs_volume": {"v": {**VOLUME_JSON, "lifecycle": {"ignore_changes": ["tags"]}}}}},
        "aws_ebs_volume.v",
        ENCRYPTED,
        "pass",
    ),
    (
        {"resource": {"aws_security_group": {"g": {**GROUP_JSON, "lifecycle": {"ignore_changes": ["ingress"]}}}}},
        "aws_security_group.g",
        PORTS,
        "unknown",
    ),
    (
        {"resource": {"aws_security_group": {"g": GROUP_JSON}}, "import": [{"to": "aws_security_group.g", "id": "sg-1"}]},
        "aws_security_group.g",
        PORTS,
        "unknown",
    ),
]


@pytest.mark.parametrize(("document", "address", "check", "right"), JSON_ROWS)
def test_terraforms_own_blocks_in_json_syntax(tmp_path: Path, document: dict[str, Any], address: str, check: str, right: str) -> None:
    provider = {"provider": {"aws": {"region": "eu-central-1"}}}
    (tmp_path / "main.tf.json").write_text(json.dumps({**provider, **document}), encoding="utf-8")
    found = judged(tmp_path)
    assert found.outcomes[address, check] == right, found.reasons[address, check]


def test_an_unknown_argument_of_a_lifecycle_is_a_gap_in_json_too(tmp_path: Path) -> None:
    document = {"resource": {"aws_ebs_volume": {"v": {**VOLUME_JSON, "lifecycle": {"ignore_chagnes": ["encrypted"]}}}}}
    (tmp_path / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")
    assert any('"ignore_chagnes" in a lifecycle block' in gap for gap in judged(tmp_path).gaps)


@pytest.mark.parametrize("tags", [{"tags": {"Environment": "prod"}}, [{"tags": {"Environment": "prod"}}]])
def test_default_tags_in_json_syntax(tmp_path: Path, tags: Any) -> None:
    document = {
        "provider": {"aws": [{"region": "eu-central-1", "default_tags": tags}, {"alias": "b", "region": "eu-central-1"}]},
        "resource": {
            "aws_vpc": {
                "a": {"cidr_block": "10.0.0.0/16", "tags": {"Name": "dev-old"}},
                "b": {"cidr_block": "10.1.0.0/16", "tags": {"Environment": "dev"}, "provider": "aws.b"},
            },
            "aws_vpc_peering_connection": {"p": {"vpc_id": "${aws_vpc.a.id}", "peer_vpc_id": "${aws_vpc.b.id}"}},
        },
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(document), encoding="utf-8")
    assert judged(tmp_path).outcomes[LINK, PEERING] == "fail"


def test_a_backend_in_json_syntax_shows_that_a_folder_is_applied(tmp_path: Path) -> None:
    for name, text in {
        "a/main.tf": 'module "b" {\n  source = "../b"\n  e = true\n}\n',
        "b/main.tf": 'variable "e" { default = false }\nresource "aws_ebs_volume" "v" { encrypted = var.e }\n',
        "b/s.tf.json": '{"terraform": {"backend": {"s3": {"bucket": "x"}}}}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert judged(tmp_path).outcomes["aws_ebs_volume.v", ENCRYPTED] == "fail"


@pytest.mark.parametrize(
    ("lifecycle", "told"), [("lifecycle { destroy = false }", True), ("lifecycle { destroy = true }", False), ("", False)]
)
def test_what_leaves_terraform_and_stays_in_the_cloud_is_told(gate: Callable[..., Any], lifecycle: str, told: bool) -> None:
    main = AWS + f'resource "aws_ebs_volume" "w" {{ encrypted = true }}\nremoved {{\n  from = aws_ebs_volume.v\n  {lifecycle}\n}}\n'
    gap = "aws_ebs_volume.v leaves Terraform and stays in the cloud: it is not audited any more"
    assert (gap in gate(main).gaps) is told


KEYED = """
resource "aws_kms_key" "k" {{ is_enabled = false }}
resource "aws_kms_alias" "a" {{
  name          = "alias/a"
  target_key_id = aws_kms_key.k.key_id
}}
data "aws_caller_identity" "c" {{}}
{data}
resource "aws_ebs_volume" "v" {{
  encrypted  = true
  kms_key_id = {key}
}}
"""


@pytest.mark.parametrize(
    ("data", "key", "right"),
    [
        ("", "aws_kms_key.k.arn", "fail"),
        ('data "aws_kms_key" "k" { key_id = aws_kms_key.k.key_id }', "data.aws_kms_key.k.arn", "fail unknown"),
        ('data "aws_kms_alias" "a" { name = "alias/a" }', "data.aws_kms_alias.a.target_key_arn", "fail unknown"),
        ('data "aws_kms_key" "k" { key_id = "alias/a" }', "data.aws_kms_key.k.arn", "fail unknown"),
        ('data "aws_kms_alias" "a" { name = var.x }', "data.aws_kms_alias.a.target_key_arn", "unknown"),
        ('data "aws_kms_alias" "a" { name = "alias/other" }', "data.aws_kms_alias.a.target_key_arn", "not_applicable"),
        ("", '"arn:aws:kms:eu-central-1:111111111111:alias/a"', "fail unknown"),
        ("", '"arn:aws:kms:eu-central-1:${data.aws_caller_identity.c.account_id}:alias/a"', "fail unknown"),
        ("", '"arn:aws:kms:eu-central-1:111111111111:alias/other"', "not_applicable"),
        ("", '"arn:aws:kms:eu-central-1:111111111111:key/1"', "not_applicable"),
    ],
)
def test_a_key_that_a_data_source_may_read_here_is_not_judged_elsewhere(gate: Callable[..., Any], data: str, key: str, right: str) -> None:
    found = gate(AWS + KEYED.format(data=data, key=key))
    assert found.outcomes["aws_ebs_volume.v", USABLE] in right.split(), found.reasons["aws_ebs_volume.v", USABLE]
