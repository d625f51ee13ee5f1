"""Which IAM actions an API operation needs. Mostly they have the same name; here is where not.

Source: Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:HeadBucket": (),  # that it is refused tells enough
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "sts:GetCallerIdentity": (),  # always allowed
}

PREFIXES: Mapping[str, str] = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag"}
"""The IAM prefix of a service, where it is not the name of its API client."""


def actions(operation: str) -> tuple[str, ...]:
    """The IAM actions that an operation ("elbv2:DescribeListeners") needs."""
    if operation in ACTIONS:
        return ACTIONS[operation]
    service, _, name = operation.partition(":")
    return (f"{PREFIXES.get(service, service)}:{name}",)


def permission(operation: str) -> str:
    """The permission to name where an operation was refused."""
    return " and ".join(actions(operation)) or operation
