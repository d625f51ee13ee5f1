"""Whether a policy makes sense: what cannot be meant is refused, what is weaker than the company's clause is told."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from cloudaudit.model import TlsVersion
from cloudaudit.policy.schema import Policy

_REGION = re.compile(r"[a-z]{2,8}(-[a-z]+)+-\d{1,2}")
_WAY = re.compile(r"(tcp|udp)/[1-9]\d{0,4}")
_ENVIRONMENTS = ("production", "staging", "test", "development")
_FILLED = (
    ("encryption", "ciphers", "one cipher, such as AES-256"),
    ("residency", "allow", "one jurisdiction, such as EU"),
    ("network", "admin_ports", "one port, such as 22"),
    ("network", "data_ports", "one port, such as 5432"),
    ("environments", "tag_keys", "one key, such as environment"),
)


def faults(policy: Policy) -> Iterator[str]:
    """What cannot be meant, each as `key = value: expected …`."""
    backup = policy.backup
    if backup.min_days > backup.max_days:
        yield f"backup.min-days = {backup.min_days}: expected at most backup.max-days, {backup.max_days}"
    for section, name, example in _FILLED:
        if not getattr(getattr(policy, section), name):
            yield f"{section}.{name.replace('_', '-')} = []: expected at least {example}"
    meanings: dict[str, str] = {}
    for environment in _ENVIRONMENTS:
        for word in dict.fromkeys((environment, *(word.lower() for word in getattr(policy.environments, environment)))):
            other = meanings.setdefault(word, environment)
            if other != environment:
                yield f'environments.{environment} has "{word}", which means {other}: expected a word that means one environment'
    for way in policy.tls.encrypted_behind:
        if not _WAY.fullmatch(way):
            yield f'tls.encrypted-behind has "{way}": expected a protocol and a port, such as tcp/443'
    yield from _accounts(policy)
    for name in policy.aws.regions:
        if not _REGION.fullmatch(name):
            yield f'aws.regions has "{name}": expected the name of a region, such as eu-central-1'


def _accounts(policy: Policy) -> Iterator[str]:
    """An account may belong to an environment of the company's own; one that is nearly called like ours is a slip."""
    for account, environment in policy.environments.accounts.items():
        close = difflib.get_close_matches(environment.lower(), _ENVIRONMENTS, 1, 0.8)
        if close and environment not in _ENVIRONMENTS:
            yield f'environments.accounts.{account} = "{environment}": did you mean {close[0]}?'


def weaker(policy: Policy) -> Iterator[str]:
    """Where a policy asks for less than the clause that the check quotes. It counts all the same: the report says what was asked."""
    if policy.tls.minimum_version.rank < TlsVersion.TLS_1_2.rank:
        yield f"tls.minimum-version = {policy.tls.minimum_version}: ISP-09 asks for TLS 1.2"
    if policy.encryption.key_rotation_max_days > 365:
        yield f"encryption.key-rotation-max-days = {policy.encryption.key_rotation_max_days}: ISP-06 asks for 365"
    if policy.backup.mode != "max-only" and policy.backup.min_days < 30:
        yield f"backup.min-days = {policy.backup.min_days}: ISP-29 asks for 30"
    if policy.backup.mode != "min-only" and policy.backup.max_days > 35:
        yield f"backup.max-days = {policy.backup.max_days}: ISP-29 asks for 35 at most"
    if policy.waivers.max_days > 90:
        yield f"waivers.max-days = {policy.waivers.max_days}: a waiver lasts 90 days at most by WVR-EXPIRY"
