"""The names of buckets, as the policies of buckets say them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from cloudaudit.model import PLACEHOLDER, Attr, Known, Plaintext, Record, Related, Unknown, Why, placeholder
from cloudaudit.model.partial import beginning, equals_itself, sole_placeholder
from cloudaudit_aws.bucket_policy import PARTITION, begins_alike, plaintext

_PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
_MADE_UP = "terraform-"
"""How the name of a bucket begins that is given none. Source: aws provider, create.Name."""

_NO_NAME = "!"
_BUCKET_NAMES = re.compile(r"arn:[^:\"]*:s3:::([^/\"!]+)")


def unless_named(record: Record, policy: Attr[str | None], accepted: Attr[Plaintext]) -> Attr[Plaintext]:
    """Plain text is accepted, unless the bucket's name, which is not known, is one for which the policy refuses it."""
    name = record.text("bucket_prefix" if _is_unnamed(record) else "bucket")
    if not isinstance(name, Unknown) or name.why is Why.UNSET or (name.is_ is not None and name.why is Why.COMPUTED):
        return accepted  # nobody chooses it, and can write it out
    texts = (policy.partial, *policy.possible) if isinstance(policy, Unknown) else (policy.value,)
    begins = beginning(name.partial or "")
    others = {other for text in texts for other in _BUCKET_NAMES.findall(text or "") if begins_alike(other, begins)}
    refused = (plaintext(policy, frozenset(_arns_of(other, record)))[0] for other in others)
    return accepted if all(one == accepted for one in refused) else name.bare


def with_others(policy: Attr[str | None], record: Record, related: Related) -> Attr[str | None]:
    """The policy with a name that no bucket has for what is of another bucket that is declared: no two that are there have one name.

    Source: S3 User Guide, bucket naming rules. Those of different partitions may, and so may those of which one is there.
    """

    def spelled(part: re.Match[str]) -> str:
        meant = sole_placeholder(part[0]) or ""
        found = related.target(Unknown(Why.COMPUTED, is_=meant), "aws_s3_bucket")
        other = found.value if isinstance(found, Known) else None
        if other is None or other.presence is not None or other.values.get("bucket", other) == record.values.get("bucket", record):
            return part[0]
        return f"arn:aws:s3:::{_NO_NAME}" if meant.endswith(".arn") else _NO_NAME

    if not isinstance(policy, Unknown) or policy.partial is None:
        return policy
    return msgspec.structs.replace(policy, partial=PLACEHOLDER.sub(spelled, policy.partial))


def _is_unnamed(record: Record) -> bool:
    """Whether Terraform makes the name up."""
    name = record.text("bucket")
    return name.why is Why.UNSET if isinstance(name, Unknown) else name.value is None


def arn_texts(record: Record) -> frozenset[str]:
    """The texts that stand for the bucket's ARN. A name that Terraform makes up begins as it is told to."""
    names = [placeholder(f"{record.address}.id"), placeholder(f"{record.address}.bucket"), record.values.get("id")]
    name = record.text("bucket")
    if _is_unnamed(record):
        begins = record.text("bucket_prefix").map(lambda text: text or _MADE_UP)
        names.append(begins.value + placeholder(f"the end of {record.address}.bucket") if isinstance(begins, Known) else None)
    else:
        names.append(name.partial if isinstance(name, Unknown) else name.value)
    arns = {arn for text in names if isinstance(text, str) and text and equals_itself(text) for arn in _arns_of(text, record)}
    return frozenset(arns | {placeholder(f"{record.address}.arn")} | ({record.id} if record.id else set()))


def _arns_of(bucket: str, record: Record) -> Iterator[str]:
    """The ARNs of a bucket of that name: S3 refuses a policy that names another partition than the bucket's own."""
    for partition in (record.scope.partition,) if record.scope.partition is not None else (*_PARTITIONS, PARTITION):
        yield f"arn:{partition}:s3:::{bucket}"
