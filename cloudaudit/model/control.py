"""The controls that findings are grouped by, and how severe a breach is."""

from __future__ import annotations

from enum import StrEnum


class Control(StrEnum):
    """A rule of the security policy, by the id that every report uses."""

    ENCRYPTION_AT_REST = "encryption_at_rest"
    TLS_IN_TRANSIT = "tls_in_transit"
    REGION = "region"
    NETWORK_SEGMENTATION = "network_segmentation"
    BACKUP_RETENTION = "backup_retention"
    KEY_MANAGEMENT = "key_management"
    PUBLIC_EXPOSURE = "public_exposure"
    LOGGING_MONITORING = "logging_monitoring"
    IDENTITY = "identity"
    DATA_CLASSIFICATION = "data_classification"
    VULNERABILITY = "vulnerability"
    THIRD_PARTY_ACCESS = "third_party_access"


class Severity(StrEnum):
    """How much harm a breach of the rule can do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
