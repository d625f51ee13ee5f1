"""What CloudFormation's own types set of a resource that is declared otherwise: by the awscc provider, the Cloud Control API, a stack.

Their properties are not read: where one of them may rule a resource, what it rules is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudaudit.model import Doubt, Known, Record, Related, Unknown, Why
from cloudaudit.model.names import identifiers

_CONTROL, _STACKS = "aws_cloudcontrolapi_resource", ("aws_cloudformation_stack", "aws_cloudformation_stack_set_instance")
_RULERS: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "aws_security_group": ("AWS::EC2::SecurityGroup", ()),  # the awscc provider's rules are read
    "aws_default_security_group": ("AWS::EC2::SecurityGroup", ()),
    "aws_s3_bucket": ("AWS::S3::Bucket", (("awscc_s3_bucket_policy", "bucket"),)),
    "aws_lb_listener": ("AWS::ElasticLoadBalancingV2::Listener", (("awscc_elasticloadbalancingv2_listener_rule", "listener_arn"),)),
    "aws_alb_listener": ("AWS::ElasticLoadBalancingV2::Listener", (("awscc_elasticloadbalancingv2_listener_rule", "listener_arn"),)),
}
"""By type, how the names of CloudFormation's types for what extends it begin, and those of the awscc provider with what they name it by.

Source: CloudFormation, resource types; awscc provider reference.
"""

TYPES = (_CONTROL, *_STACKS, *dict.fromkeys(kind for _, kinds in _RULERS.values() for kind, _ in kinds))


def ruled(record: Record, related: Related) -> Doubt | None:
    """Why something that is not read may rule a resource."""
    family, kinds = _RULERS[record.type]
    if related.live:
        return None  # the cloud's own answer is whole, whatever made it
    for kind, by in kinds:
        found = related.companions(record, kind, by)
        if found.records:
            return _unread(found.records[0], record)
        if found.doubt is not None:
            return found.doubt
    stacks = (other for kind in _STACKS for other in related.every(kind))
    made = (other for other in related.every(_CONTROL) if _is_of(other, family))
    return next((_unread(other, record) for other in (*made, *stacks) if _mentions(other.values, record)), None)


def _is_of(control: Record, family: str) -> bool:
    kind = control.text("type_name")
    return isinstance(kind, Unknown) or (kind != Known(None) and (kind.value or "").startswith(family))


def _unread(other: Record, record: Record) -> Doubt:
    return Unknown(Why.UNSUPPORTED, f"what {other.address} sets of {record.address} is not read", other.origin, (other.address,))


def _mentions(value: Any, record: Record) -> bool:
    """Whether a record's name stands anywhere in a value, or may: as a whole text, or quoted in a document."""
    names = identifiers(record)
    for leaf in _leaves(value):
        if isinstance(leaf, Unknown):
            told = (leaf.partial or "", *map(str, leaf.possible))
            if record.address in leaf.references or any(_holds(text, names) for text in told):
                return True
        elif _holds(leaf, names):
            return True
    return False


def _holds(text: str, names: list[str]) -> bool:
    return any(text == name or f'"{name}"' in text or f"'{name}'" in text for name in names)


def _leaves(value: Any) -> Iterator[str | Unknown[Any]]:
    if isinstance(value, str | Unknown):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
