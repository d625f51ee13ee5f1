"""One result that holds every outcome, every kind of gap, and text that no format may let through as it is."""

from __future__ import annotations

from datetime import date

import msgspec

from cloudaudit.model import (
    ANY_TYPE,
    Acceptance,
    Census,
    Control,
    Coverage,
    CoverageStatus,
    Doubt,
    Encryption,
    Evidence,
    Finding,
    Gap,
    Inventory,
    Origin,
    Outcome,
    Severity,
    SourceKind,
    Subject,
    Unknown,
    Verdict,
    Why,
)
from cloudaudit.model.finding import fingerprint
from cloudaudit.policy import Check
from cloudaudit.report.result import Result, result_of
from cloudaudit.report.text import encodable

HOSTILE = "\x1b[31mred\x1b[0m <script>alert(1)</script> =cmd() ::error::x ##vso[task] a|b `c` @everyone #12 \u202eevil \x00 \x9b2J"
HOSTILE_ADDRESS = 'aws_s3_bucket.x["a|b`c` <img src=x>\n::error::y\u2028@team"]'
HOSTILE_FILE = "modules/:a,b%\n\x1b[2J<b>/ma in.tf"


def _judge() -> Verdict:
    raise NotImplementedError


def _check(name: str, control: Control, severity: Severity, title: str, fix: str) -> Check:
    description = "What leaves the provider's control must hold nothing readable."
    clauses = ("ISP-06", "MVSP-2.8") if severity is Severity.HIGH else ("ISP-29",)
    return Check(name, control, severity, clauses, title, description, fix, (Encryption,), _judge, (Encryption,), "checks.example")


CHECKS = (
    _check(
        "data-encrypted-at-rest",
        Control.ENCRYPTION_AT_REST,
        Severity.HIGH,
        "Data at rest is encrypted with AES-256",
        "turn on encryption at rest; where it cannot be changed later (RDS, EBS), restore into an encrypted copy.",
    ),
    _check(
        "sensitive-ports-closed-to-world",
        Control.NETWORK_SEGMENTATION,
        Severity.CRITICAL,
        "Administration and database ports are closed to the world",
        "allow single addresses or another security group, or take the port off the public network and use a bastion or a VPN.",
    ),
    _check(
        "backups-kept-long-enough", Control.BACKUP_RETENTION, Severity.MEDIUM, "Backups are kept for at least 30 days", "keep them 30 days."
    ),
    _check("key-rotates", Control.KEY_MANAGEMENT, Severity.LOW, "Keys rotate once a year", "turn on rotation."),
    _check("hostile-check", Control.REGION, Severity.LOW, "A title with <b>markup</b> | pipes", "do `this` @now, see ##[error]"),
)
BY_ID = {check.id: check for check in CHECKS}


def finding(
    check: str,
    outcome: Outcome,
    address: str,
    reason: str,
    origin: Origin,
    *evidence: Evidence,
    account: str | None = None,
    region: str | None = None,
    unit: str = "infra/prod",
) -> Finding:
    """A finding on a resource whose type begins its address."""
    known = BY_ID[check]
    kind = address.rpartition(".")[0].rpartition(".")[2] or address
    name = f"arn:aws:::{address}" if account else None
    subject = Subject(kind, address, name, "aws", account, region, unit, "production")
    identity = fingerprint(check, msgspec.structs.replace(subject, type=encodable(kind), address=encodable(address)))
    return Finding(identity, check, known.control, outcome, known.severity, subject, origin, reason, evidence, known.clauses)


def unknown(why: Why, detail: str, origin: Origin | None = None, *references: str) -> Evidence:
    """The evidence that an unknown fact is."""
    fact: Doubt = Unknown(why, detail, origin, references)
    return Evidence(fact.cause, origin, fact)


def _failed() -> list[Finding]:
    network = Origin("network.tf", 31)
    return [
        finding(
            "sensitive-ports-closed-to-world",
            Outcome.FAIL,
            "aws_security_group.admin",
            "port 22 is open to 0.0.0.0/0",
            network,
            Evidence("ingress.from_port: 22", Origin("network.tf", 34, None, "ingress.from_port")),
            Evidence("ingress.cidr_blocks: 0.0.0.0/0", Origin("variables.tf", 7, None, "default")),
        ),
        finding(
            "data-encrypted-at-rest",
            Outcome.FAIL,
            'module.storage["eu"].module.archive.aws_ebs_volume.cold_storage_for_the_finance_department[0]',
            "data is not encrypted",
            Origin("modules/storage/archive/volumes.tf", 12),
            Evidence("encrypted: false", Origin("modules/storage/archive/volumes.tf", 14, None, "encrypted")),
        ),
        finding("data-encrypted-at-rest", Outcome.FAIL, "aws_db_instance.main", "data is not encrypted", Origin("main.tf", 40)),
        finding("data-encrypted-at-rest", Outcome.FAIL, "aws_ebs_volume.old", "data is encrypted with 3des", Origin("plan.json")),
        finding(
            "data-encrypted-at-rest",
            Outcome.FAIL,
            "aws_rds_cluster.live",
            "data is not encrypted",
            Origin(call="rds:DescribeDBClusters"),
            Evidence("storage_encrypted: false", Origin(call="rds:DescribeDBClusters")),
            account="111122223333",
            region="eu-west-1",
            unit="aws:111122223333",
        ),
        finding(
            "backups-kept-long-enough",
            Outcome.FAIL,
            "aws_db_instance.main",
            "backups are kept for 7 days, fewer than 30",
            Origin("main.tf", 40),
        ),
        finding(
            "hostile-check", Outcome.FAIL, HOSTILE_ADDRESS, HOSTILE, Origin(HOSTILE_FILE, 3), Evidence(HOSTILE, Origin(HOSTILE_FILE, 4))
        ),
    ]


def _undecided() -> list[Finding]:
    variable = Origin("main.tf", 52)
    denied = unknown(Why.DENIED, "s3:GetEncryptionConfiguration", Origin(call="s3:GetBucketEncryption"))
    live = {"account": "111122223333", "region": "eu-central-1", "unit": "aws:111122223333"}
    return [
        finding(
            "data-encrypted-at-rest",
            Outcome.UNKNOWN,
            "aws_ebs_volume.scratch",
            "whether data is encrypted is unknown: var.encrypt has no value",
            Origin("main.tf", 50),
            unknown(Why.UNRESOLVED, "var.encrypt has no value", variable, "var.encrypt"),
        ),
        *(
            finding(
                "data-encrypted-at-rest",
                Outcome.UNKNOWN,
                f"aws_s3_bucket.{name}",
                f"whether data is encrypted is unknown: {denied.fact}",
                Origin(call="s3:ListAllMyBuckets"),
                denied,
                **live,
            )
            for name in ("logs", "invoices-of-the-year")
        ),
        finding("key-rotates", Outcome.UNKNOWN, "aws_kms_key.main", "whether the key rotates is not proven", Origin("kms.tf", 1)),
        finding(
            "key-rotates",
            Outcome.UNKNOWN,
            "aws_s3_bucket.logs",
            f"whether the key rotates is unknown: {denied.fact}",
            Origin(call="s3:ListAllMyBuckets"),
            denied,
            **live,
        ),
    ]


def _others() -> list[Finding]:
    waived = finding(
        "data-encrypted-at-rest",
        Outcome.WAIVED,
        "aws_ebs_volume.tmp",
        "data is not encrypted; waived until 2031-01-31 by platform (OPS-12): holds no data",
        Origin("main.tf", 70),
    )
    waiver = Acceptance("platform", "OPS-12", date(2031, 1, 31), "holds no data", Origin("cloudaudit-waivers.toml", 9))
    return [
        msgspec.structs.replace(waived, waiver=waiver),
        finding(
            "data-encrypted-at-rest",
            Outcome.PASS,
            "aws_s3_bucket.good",
            "data is encrypted with AES-256",
            Origin("main.tf", 80),
            Evidence("sse_algorithm: aws:kms", Origin("main.tf", 84, None, "sse_algorithm")),
        ),
        finding("key-rotates", Outcome.NOT_APPLICABLE, "aws_kms_key.hmac", "an HMAC key does not rotate", Origin("kms.tf", 9)),
    ]


def inventories() -> list[Inventory]:
    """What two units of work could not see: files, a module, a call, listings, a type that nothing reads."""
    gaps = (
        Gap(Why.FAILED, "broken.tf does not parse: unexpected }", Origin("broken.tf", 3), "mend the file", "infra/prod"),
        Gap(
            Why.NOT_COLLECTED,
            'module "vpc" is not here: registry/vpc/aws 5.1',
            Origin("network.tf", 2),
            "run `terraform init`, so that .terraform/modules holds it",
            "infra/prod",
            references=("module.vpc",),
        ),
        Gap(Why.UNSUPPORTED, f"odd: {HOSTILE}", Origin(HOSTILE_FILE), "", "infra/prod"),
    )
    refused = Gap(
        Why.DENIED, "s3:GetBucketEncryption was refused for 2 aws_s3_bucket", Origin(call="s3:GetBucketEncryption"),
        "allow s3:GetEncryptionConfiguration", "aws:111122223333", ("aws_s3_bucket",),
    )  # fmt: skip
    account = "111122223333"
    unit = f"aws:{account}"
    coverage = (
        Coverage(unit, "aws_s3_bucket", CoverageStatus.COMPLETE, 2, account),
        Coverage(unit, "aws_db_instance", CoverageStatus.FAILED, 0, account, "us-east-1", Why.DENIED, "rds:DescribeDBInstances"),
        Coverage(unit, "aws_ebs_volume", CoverageStatus.PARTIAL, 500, account, "eu-west-1", Why.THROTTLED, "ec2:DescribeVolumes"),
        Coverage(unit, ANY_TYPE, CoverageStatus.SKIPPED, 0, account, "ap-south-1", Why.NOT_COLLECTED, "left out by --region"),
    )
    return [
        Inventory("infra/prod", SourceKind.HCL, (), gaps, (), Census(14, 9, 1, 1, 3, 12), {"aws_iam_role": 2, "aws_sqs_queue": 1}),
        Inventory(unit, SourceKind.LIVE, (), (refused,), coverage, Census(), {"aws_lambda_function": 40}),
    ]


def sample(*, started: str | None = None, calls: int | None = None) -> Result:
    """The result of a run over both units."""
    findings = [*_failed(), *_undecided(), *_others()]
    reasons = ("6 findings failed at severity medium or above", "5 verdicts unknown", "4 gaps in what was read")
    parts = inventories()
    made = result_of("gate", parts, findings, 16, CHECKS, 1, reasons, started=started, calls=calls)
    return msgspec.structs.replace(made, version="1.2.3")


def clean() -> Result:
    """The result of a run that found nothing wrong."""
    parts = [Inventory("infra", SourceKind.HCL, (), census=Census(1, 1, 0, 0, 0, 1))]
    good = finding("data-encrypted-at-rest", Outcome.PASS, "aws_ebs_volume.a", "data is encrypted with AES-256", Origin("main.tf", 1))
    return msgspec.structs.replace(result_of("gate", parts, [good], 1, CHECKS, 0, ()), version="1.2.3")


def with_findings(findings: list[Finding]) -> Result:
    """The result of a run with these findings, and nothing else to tell."""
    return result_of("gate", [Inventory("infra/prod", SourceKind.HCL, ())], findings, len(findings), CHECKS, 1, ())


def many(number: int, check: str, outcome: Outcome) -> list[Finding]:
    """So many findings of one check."""
    return [finding(check, outcome, f"aws_ebs_volume.v[{i}]", "it is so", Origin("main.tf", i + 1)) for i in range(number)]
