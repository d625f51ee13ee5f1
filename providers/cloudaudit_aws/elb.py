"""Elastic Load Balancing v2: load balancers, listeners and their rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from cloudaudit.model import (
    Attr,
    Block,
    Doubt,
    Known,
    Placement,
    Plaintext,
    Record,
    Related,
    TlsVersion,
    Transport,
    Unknown,
    Why,
    first_unknown,
    reader,
)
from cloudaudit.sources.live.shape import Always, Blocks, Is, Item, Maybe, Source, Tags, elements, find, pick
from cloudaudit.sources.live.table import Listing, Lookup
from cloudaudit_aws import cloudformation
from cloudaudit_aws.regions import placement
from cloudaudit_aws.words import meaning, oldest_tls

_NOT_READ = Always(Unknown(Why.NOT_COLLECTED, "a live scan does not read the load balancer's attributes"))
_REDIRECT: dict[str, Source] = {
    "protocol": "Protocol",
    "port": Maybe("Port"),
    "host": Maybe("Host"),
    "path": Maybe("Path"),
    "query": Maybe("Query"),
    "status_code": Maybe("StatusCode"),
}
_ACTION: dict[str, Source] = {
    "type": "Type",
    "order": Maybe("Order"),
    "target_group_arn": Maybe("TargetGroupArn"),
    "redirect": Maybe(Blocks("RedirectConfig", _REDIRECT), unless=Is("Type", "redirect")),
    "fixed_response": Maybe(Blocks("FixedResponseConfig", {"status_code": Maybe("StatusCode"), "content_type": Maybe("ContentType")})),
    "forward": Maybe(
        Blocks("ForwardConfig", {"target_group": Maybe(Blocks("TargetGroups", {"arn": "TargetGroupArn", "weight": Maybe("Weight")}))})
    ),
}


def _tagged(match: str) -> Lookup:
    tags = {"tags": Tags("Tags")}
    return Lookup("elbv2:DescribeTags", each="TagDescriptions", key="ResourceArn", match=match, values=tags, ids="ResourceArns")


def _inspects(listener: Item) -> bool:
    """Whether a listener is a Gateway Load Balancer's, which has neither port nor protocol."""
    return "listener/gwy/" in str(pick(listener, "ListenerArn"))


def _outposts(balancer: Item) -> list[str]:
    return [outpost for zone in elements(balancer, "AvailabilityZones") if (outpost := find(zone, "OutpostId")) not in (None, "")]


_SECURE = ("HTTPS", "TLS")


LOAD_BALANCERS = Listing(
    "aws_lb",
    tells=("aws_alb",),
    call="elbv2:DescribeLoadBalancers",
    args={"PageSize": 400},
    each="LoadBalancers",
    id="{LoadBalancerArn}",
    values={
        "id": "LoadBalancerArn",
        "arn": "LoadBalancerArn",
        "name": Maybe("LoadBalancerName"),
        "load_balancer_type": "Type",
        "internal": Maybe(Is("Scheme", "internal")),
        "subnets": Maybe("AvailabilityZones[].SubnetId"),
        "security_groups": Maybe("SecurityGroups[]"),
        "vpc_id": Maybe("VpcId"),
        "dns_name": Maybe("DNSName"),
        "access_logs": _NOT_READ,
        "drop_invalid_header_fields": _NOT_READ,
        "enable_deletion_protection": _NOT_READ,
    },
    observed={"zones": "AvailabilityZones[].ZoneName", "outposts": _outposts},
    lookups=(_tagged("LoadBalancerArn"),),
)

LISTENERS = Listing(
    "aws_lb_listener",
    tells=("aws_alb_listener",),
    per=LOAD_BALANCERS,
    call="elbv2:DescribeListeners",
    args={"LoadBalancerArn": "{parent.LoadBalancerArn}", "PageSize": 400},
    each="Listeners",
    own=lambda listener: pick(listener, "LoadBalancerArn") == pick(listener, "parent.LoadBalancerArn"),
    id="{ListenerArn}",
    values={
        "id": "ListenerArn",
        "arn": "ListenerArn",
        "load_balancer_arn": "LoadBalancerArn",
        "port": Maybe("Port"),
        "protocol": Maybe("Protocol", unless=lambda listener: not _inspects(listener)),
        "ssl_policy": Maybe("SslPolicy", unless=lambda listener: listener.get("Protocol") in _SECURE),
        "certificate_arn": Maybe("Certificates[0].CertificateArn"),
        "default_action": Blocks("DefaultActions", _ACTION, filled=True),
    },
    lookups=(
        _tagged("ListenerArn"),
        Lookup(
            "elbv2:DescribeSSLPolicies",
            each="SslPolicies",
            key="Name",
            match="SslPolicy",
            observed={"ssl_protocols": "SslProtocols[]"},
            args={"PageSize": 400},
            feeds=(Transport,),
        ),
    ),
)


def _of_listener(rule: Item) -> bool:
    """Whether the ARN of a rule goes on from that of the listener. Source: Service Authorization Reference, listener-rule."""
    listener = str(pick(rule, "parent.ListenerArn"))
    return str(pick(rule, "RuleArn")).startswith(f"{listener.replace(':listener/', ':listener-rule/', 1)}/")


def _takes_plain_text(listener: Item) -> bool:
    """Whether plain text comes in: its protocol is HTTP."""
    return not _inspects(listener) and pick(listener, "Protocol") == "HTTP"


RULES = Listing(
    "aws_lb_listener_rule",
    tells=("aws_alb_listener_rule",),
    per=LISTENERS,
    when=_takes_plain_text,
    call="elbv2:DescribeRules",
    args={"ListenerArn": "{parent.ListenerArn}", "PageSize": 400},
    each="Rules",
    own=_of_listener,
    filled=True,
    kind=lambda rule: "" if pick(rule, "IsDefault") is True else "aws_lb_listener_rule",  # the default one is the listener's own
    id="{RuleArn}",
    values={
        "id": "RuleArn",
        "arn": "RuleArn",
        "listener_arn": "parent.ListenerArn",
        "priority": Maybe("Priority"),
        "action": Blocks("Actions", _ACTION, filled=True),
    },
)

_NAME = re.compile(r"^ELBSecurityPolicy-(?:TLS13-1-(?P<tls13>[0-3])|TLS-1-(?P<tls>[0-2])|FS-1-(?P<fs>[12]))(?:-|$)")


@cache
def _policies() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("ssl_policies.json").read_text(encoding="utf-8"))
    return table


def minimum_version(policy: str) -> Attr[TlsVersion]:
    """The oldest protocol that a predefined security policy accepts: by table, else by AWS's naming scheme."""
    row = _policies()["minimum_version"].get(policy)
    if row is not None:
        return Known(TlsVersion(row))
    match = _NAME.match(policy)
    if match is None:
        return Unknown(Why.UNSUPPORTED, f'the security policy "{policy}" is in no table')
    return Known(TlsVersion(f"1.{next(group for group in match.groups() if group is not None)}"))


_BALANCERS = ("aws_lb", "aws_alb")


@reader(*_BALANCERS)
def load_balancer(record: Record, _related: Related) -> tuple[Placement]:
    """A load balancer: its listeners carry the rest."""
    return (placement(record),)


@reader(
    "aws_lb_listener", "aws_alb_listener", related=("aws_lb_listener_rule", "aws_alb_listener_rule", *_BALANCERS, *cloudformation.TYPES)
)
def listener(record: Record, related: Related) -> tuple[Transport | None]:
    """A listener speaks TLS, redirects to HTTPS in every action, or takes plain text. A Gateway Load Balancer's has no protocol.

    Without `ssl_policy` the API sets ELBSecurityPolicy-2016-08, which accepts TLS 1.0.
    Source: ELB API, CreateListener.SslPolicy. QUIC is TLS 1.3 by itself (RFC 9001); TCP_QUIC takes bare TCP too.
    """
    protocol = record.text("protocol").map(lambda name: name and name.upper())  # the provider takes it in any case
    if isinstance(protocol, Known):
        return (None if _gateway(protocol.value, record, related) else _speaks(protocol.value, record, related),)
    plaintext = protocol.then(lambda name: _speaks(name, record, related).plaintext)
    version = protocol.then(lambda name: _speaks(name, record, related).minimum_version)
    passed_on = _ways(protocol.possible, record) if protocol.possible else protocol.bare
    return (Transport(plaintext, version, "the listener may pass bytes on", passed_on),)


def _gateway(protocol: str | None, record: Record, related: Related) -> bool:
    if protocol is not None:
        return protocol == "GENEVE"
    if record.id is not None and "listener/gwy/" in record.id:
        return True
    balancer = related.target(record.text("load_balancer_arn"), *_BALANCERS)
    found = balancer.value if isinstance(balancer, Known) else None
    return found is not None and found.text("load_balancer_type") == Known("gateway")


def _speaks(protocol: str | None, record: Record, related: Related) -> Transport:
    """What a protocol means. Also asked of each that a listener may have: never hand on the name itself as a fact."""
    origin = record.origin_of("protocol")
    refused = Known(Plaintext.REFUSED, origin)
    unset: Attr[TlsVersion | None] = Known(None)
    match protocol:
        case "HTTPS" | "TLS":
            return Transport(refused, _minimum(record), f"the listener speaks {protocol}")
        case "QUIC":
            return Transport(refused, Known(TlsVersion.TLS_1_3, origin), "the listener speaks QUIC")
        case "HTTP":
            return _http(record, related)
        case None if not record.report and _is_application(record, related):
            return _http(record, related)
        case None:
            doubt = "protocol is not set"
        case "TCP" | "UDP" | "TCP_UDP" | "TCP_QUIC":
            note = f"a {protocol} listener passes bytes on, and its targets decide whether they are encrypted"
            return Transport(Known(Plaintext.PASSED_ON, origin), unset, note, _ways((protocol,), record))
        case other:
            doubt = f'the protocol "{other}" is in no table'
            unset = Unknown(Why.UNSUPPORTED, doubt, origin)
    return Transport(Unknown(Why.UNSUPPORTED, doubt, origin), unset)


_BARE = {"TCP": ("tcp",), "UDP": ("udp",), "TCP_UDP": ("tcp", "udp"), "TCP_QUIC": ("tcp",)}
"""What each protocol passes on that is not TLS by itself."""


def _ways(protocols: Iterable[str | None], record: Record) -> Attr[tuple[str, ...]]:
    """All ways by which bytes come in and are passed on, whichever of the protocols it is: "tcp/443"."""
    carried = tuple(dict.fromkeys(name for protocol in protocols for name in _BARE.get(protocol or "", ())))
    unset: Doubt = Unknown(Why.UNRESOLVED, "the listener names no port", record.origin)
    return record.number("port").then(lambda port: Known(tuple(f"{name}/{port:g}" for name in carried)) if port is not None else unset)


def _is_application(record: Record, related: Related) -> bool:
    """Whether its load balancer is one for applications, whose listeners speak HTTP unless told. Source: Terraform, aws_lb_listener."""
    balancer = related.target(record.text("load_balancer_arn"), *_BALANCERS)
    found = balancer.value if isinstance(balancer, Known) else None
    return found is not None and found.text("load_balancer_type") in (Known(None), Known("application"))


def _minimum(record: Record) -> Attr[TlsVersion | None]:
    seen = record.seen("ssl_protocols")
    if isinstance(seen, Known) and isinstance(seen.value, list | tuple) and seen.value:
        return seen.then(oldest_tls)
    policy = record.text("ssl_policy")
    return policy.then(lambda name: minimum_version(name or _policies()["default"]))


def _http(record: Record, related: Related) -> Transport:
    answers = [_redirects(record, "default_action")]
    doubts: list[Doubt | None] = [cloudformation.ruled(record, related)]
    for kind in ("aws_lb_listener_rule", "aws_alb_listener_rule"):
        rules = related.companions(record, kind, "listener_arn")
        doubts.append(rules.doubt)
        answers.extend(_rule_redirects(rule) for rule in rules.records)
    if any(answer == Known(value=False) for answer in answers):
        return Transport(Known(Plaintext.ACCEPTED, record.origin_of("protocol")), Known(None), "an HTTP listener serves plain text")
    unknown = first_unknown(*answers, *doubts)
    if unknown is not None:
        return Transport(unknown, Known(None))
    return Transport(Known(Plaintext.REDIRECTED, record.origin_of("default_action")), Known(None), "every action redirects to HTTPS")


def _rule_redirects(rule: Record) -> Attr[bool]:
    """A rule that may not be there can only spoil what the others say."""
    answer = _redirects(rule, "action")
    return rule.presence if rule.presence is not None and answer == Known(value=False) else answer


def _redirects(record: Record, name: str) -> Attr[bool]:
    return record.blocks(name).then(lambda blocks: _all_redirect(blocks, report=record.report) if blocks else Known(value=False))


_REDIRECTS = {"redirect": True} | dict.fromkeys(
    ("forward", "fixed-response", "authenticate-oidc", "authenticate-cognito", "jwt-validation"), False
)
_SAME = "#{protocol}"
_TO_HTTPS = {"HTTPS": True, "HTTP": False, _SAME: False}
"""Source: ELB API, Action.Type and RedirectActionConfig.Protocol."""


def _all_redirect(blocks: tuple[Block, ...], *, report: bool) -> Attr[bool]:
    result: Attr[bool] = Known(value=True)
    for block in blocks:
        kind = block.text("type").then(lambda name: meaning(name, _REDIRECTS, "the type of an action"))
        protocol = block.text("redirect.protocol").then(lambda name: meaning(name or _SAME, _TO_HTTPS, "the protocol of a redirect"))
        new = report and isinstance(kind, Unknown)  # a type that the cloud alone knows may do anything; nobody can declare one
        if Known(value=False) in (kind, protocol) and not new:
            return Known(value=False, origin=(kind if kind == Known(value=False) else protocol).origin)
        doubt = first_unknown(kind, protocol)
        result = result if doubt is None else doubt
    return result
