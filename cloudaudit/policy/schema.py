"""The policy: what the company demands, as typed data. The defaults are the company's own written rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from cloudaudit.model import Cipher, Location, Severity, TlsVersion
from cloudaudit.model.environment import EnvironmentRules

Days = Annotated[int, msgspec.Meta(ge=0, le=36500)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """One table of `cloudaudit.toml`."""


class EncryptionPolicy(Section, frozen=True):
    """Encryption at rest (ISP-06)."""

    ciphers: tuple[Cipher, ...] = (Cipher.AES_256,)
    key_rotation_max_days: Days = 365


class TlsPolicy(Section, frozen=True):
    """Transport (ISP-09). For what is enough, and what is encrypted behind a port, see docs/checks.md, transport-encrypted."""

    minimum_version: TlsVersion = TlsVersion.TLS_1_2
    s3_tls_version_condition_is_enough: bool = False
    encrypted_behind: tuple[str, ...] = ()


class ResidencyPolicy(Section, frozen=True):
    """Placement (ISP-05). Values: "EU", "EEA", "adequacy:CH", or a country code such as "DE"."""

    allow: tuple[str, ...] = ("EU",)

    def allows(self, location: Location) -> bool | None:
        """Whether a location is allowed; None if its jurisdiction is not proven."""
        if location.jurisdiction == "unproven":
            return None
        if location.jurisdiction in self.allow or location.country in self.allow:
            return True
        if location.jurisdiction == "EU" and "EEA" in self.allow:
            return True
        return location.jurisdiction == "adequacy" and f"adequacy:{location.country}" in self.allow


class BackupPolicy(Section, frozen=True):
    """How long backups are kept (ISP-29). `mode` says which bounds count."""

    min_days: Days = 30
    max_days: Days = 35
    mode: Literal["window", "min-only", "max-only", "exact"] = "window"


class NetworkPolicy(Section, frozen=True):
    """Segmentation (ISP-20): ports that must not be open to the world."""

    admin_ports: tuple[Port, ...] = (22, 23, 135, 139, 445, 2375, 2376, 3389, 5900, 5985, 5986, 6443, 10250)
    data_ports: tuple[Port, ...] = (
        1433, 1434, 1521, 2049, 2181, 2379, 2380, 3306, 5432, 5439, 5601, 5672, 6379, 7000, 7199, 8086, 9042, 9092, 9200, 9300,
        11211, 15672, 27017, 27018, 27019, 50000,
    )  # fmt: skip


class EnvironmentPolicy(Section, frozen=True):
    """How production, staging, test and development are told apart."""

    tag_keys: tuple[str, ...] = ("environment", "env", "stage", "tier")
    accounts: dict[str, str] = {}
    production: tuple[str, ...] = ("prod", "prd", "live")
    staging: tuple[str, ...] = ("stage", "stg", "preprod", "uat")
    test: tuple[str, ...] = ("tst", "qa", "testing")
    development: tuple[str, ...] = ("dev", "devel", "sbx", "sandbox")

    def rules(self) -> EnvironmentRules:
        """The rules in the shape that readers use."""
        names = {name: getattr(self, name) for name in ("production", "staging", "test", "development")}
        return EnvironmentRules(self.accounts, self.tag_keys, names)


class GatePolicy(Section, frozen=True):
    """When a run is not clean: FAIL at or over `fail_on` gives exit code 1; more than `max_unknown` UNKNOWN gives 3.

    `variants` are globs of files of values: each root is judged once with every one that fits.
    """

    fail_on: Literal["low", "medium", "high", "critical", "never"] = "high"
    max_unknown: Annotated[int, msgspec.Meta(ge=0)] = 0
    variants: tuple[str, ...] = ()


class WaiverPolicy(Section, frozen=True):
    """What may be waived, and for how long, counted from the day of the audit (WVR-EXPIRY).

    `in_repository`: whether waivers that lie in what is audited count: never; as they stood in the base that `--against` names; or
    always, as far as no change is judged. `forbid_checks` takes globs.
    """

    max_days: Days = 90
    forbid_checks: tuple[str, ...] = ()
    forbid_severities: tuple[Severity, ...] = ()
    in_repository: Literal["never", "base", "always"] = "base"


class AcceptedGap(Section, frozen=True):
    """Files that are not read and that somebody answers for: `path` is a glob over their names in the report."""

    path: str
    reason: str
    owner: str
    expires: date  # the last day on which it counts


class GapPolicy(Section, frozen=True):
    """What is not read for what it is (Terragrunt, stacks, hidden folders, modules that nobody applies) and accepted."""

    accept: tuple[AcceptedGap, ...] = ()


class AwsPolicy(Section, frozen=True):
    """AWS. `regions` are those that the company uses: an organisation's policy closes all others, and a scan proves that it does."""

    regions: tuple[str, ...] = ()


class Policy(Section, frozen=True):
    """Everything that the company demands."""

    encryption: EncryptionPolicy = EncryptionPolicy()
    tls: TlsPolicy = TlsPolicy()
    residency: ResidencyPolicy = ResidencyPolicy()
    backup: BackupPolicy = BackupPolicy()
    network: NetworkPolicy = NetworkPolicy()
    environments: EnvironmentPolicy = EnvironmentPolicy()
    gate: GatePolicy = GatePolicy()
    waivers: WaiverPolicy = WaiverPolicy()
    gaps: GapPolicy = GapPolicy()
    aws: AwsPolicy = AwsPolicy()
