"""Facets: the evidence for one concern, alike in every cloud.

Every field is an Attr, so that a facet can always say what it does not know. `Facet.unknown` is the facet of a resource
whose record could not be understood at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Self

import msgspec

from cloudaudit.model.attr import Attr, Known, Unknown, Why
from cloudaudit.model.shown import shown

_MOST_RULES = 20_000  # in one filter; Azure allows 4,000 ports and sources in a whole group, AWS 1,000 rules


class Facet(msgspec.Struct, frozen=True):
    """The evidence for one concern."""

    @classmethod
    def unknown(cls, reason: Unknown[Any]) -> Self:
        """The facet of which nothing is known."""
        return cls(**{name: reason.bare for name in cls.__struct_fields__ if name != "note"})


class Cipher(StrEnum):
    """What protects data at rest."""

    AES_256 = "AES-256"
    AES_128 = "AES-128"
    SM4_128 = "SM4-128"
    NONE = "none"


class KeyOwner(StrEnum):
    """Who holds the key: the provider, or the customer in the provider's key management."""

    PROVIDER = "provider"
    CUSTOMER = "customer"


class KeyState(StrEnum):
    """Whether a key can be used to decrypt."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    PENDING_DELETION = "pending deletion"
    PENDING_IMPORT = "pending import"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"


class Encryption(Facet, frozen=True):
    """How data at rest is encrypted."""

    cipher: Attr[Cipher]
    key_owner: Attr[KeyOwner] = Known(KeyOwner.PROVIDER)
    key_state: Attr[KeyState] = Known(KeyState.ENABLED)  # of the customer's key; ENABLED for the provider's own
    older_objects: Attr[bool | None] = Known(None)  # a store of objects: may it hold some from before encryption was the default?


class Plaintext(StrEnum):
    """What happens to a connection without TLS."""

    REFUSED = "refused"
    REFUSED_BY_VERSION_CONDITION = "refused only by a condition on the TLS version"
    REDIRECTED = "redirected to HTTPS"
    PASSED_ON = "passed on, unread"
    ACCEPTED = "accepted"


class TlsVersion(StrEnum):
    """Protocol versions, in order."""

    SSL_3 = "SSL 3.0"
    TLS_1_0 = "1.0"
    TLS_1_1 = "1.1"
    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {version: rank for rank, version in enumerate(TlsVersion)}


class Transport(Facet, frozen=True):
    """How data travels to and from the resource. `note` says in a clause what decides about plaintext.

    What is `passed_on` comes in by these ways ("tcp/443"), and whoever is behind them decides.
    """

    plaintext: Attr[Plaintext | None]  # None: another resource decides
    minimum_version: Attr[TlsVersion | None]  # None: the resource has no TLS end of its own to configure
    note: str = ""
    passed_on: Attr[tuple[str, ...]] = Known(())


class Location(msgspec.Struct, frozen=True):
    """A region and the law that it lies under, from the provider's region table.

    `jurisdiction` is "EU", "EEA", "adequacy", "third_country", "global" or "unproven"; `country` is an ISO 3166 code or None.
    """

    region: str
    jurisdiction: str
    country: str | None = None


class Placement(Facet, frozen=True):
    """Where a resource and the copies that it makes live.

    Each copy is a fact of its own: one that is known to be abroad is, whatever is unknown beside it. `copies` is Unknown as a whole
    only where not even one of them is known.
    """

    home: Attr[Location]
    copies: Attr[tuple[Attr[Location], ...]] = Known(())


class Backup(Facet, frozen=True):
    """How long backups are kept, as configured. 0 days is "off", infinity is "for ever"."""

    retention_days: Attr[float]
    apart_days: Attr[tuple[Attr[float], ...]] = Known(())  # of those kept apart from the daily ones (yearly ones), each a fact of its own


class KeyHealth(Facet, frozen=True):
    """A key of the customer's: can it be used, how strong is it, does it rotate?"""

    state: Attr[KeyState]
    cipher: Attr[Cipher | None]  # None: not a symmetric key for data (asymmetric, HMAC)
    rotation_days: Attr[float | None]  # None: never rotates
    rotatable: Attr[bool] = Known(True)  # imported and asymmetric keys cannot rotate by themselves


class Peer(msgspec.Struct, frozen=True):
    """Who a rule speaks of: a CIDR, or a name (security group, service tag, prefix list) that is not an address range."""

    cidr: str | None = None
    name: str | None = None
    opaque: bool = False  # a name for address ranges that were not read (a prefix list)

    def __str__(self) -> str:
        """As evidence shows it."""
        return self.cidr or self.name or "anybody"


NOBODY = Peer(name="nobody")
"""The peer of an element of a list that may not be there."""


class Rule(msgspec.Struct, frozen=True):
    """One filter rule for traffic that comes in, from one peer. Ports are inclusive; protocol "any" has all ports.

    Lower `priority` is matched first; where a filter has no order, all are equal and every rule allows. `applies` is whether the
    rule is there and matches what its ports and source say: one that may not neither opens nor closes.
    """

    protocol: Attr[str]  # "tcp", "udp", "icmp", "any", or a number
    from_port: Attr[int]
    to_port: Attr[int]
    source: Attr[Peer]
    allow: Attr[bool] = Known(True)
    priority: Attr[int] = Known(0)
    applies: Attr[bool] = Known(value=True)

    def __str__(self) -> str:
        """As evidence shows it: "allow tcp 22-25 from 0.0.0.0/0"."""
        verb = "allow or deny" if isinstance(self.allow, Unknown) else "allow" if self.allow.value else "deny"
        first, last = shown(self.from_port), shown(self.to_port)
        perhaps = "perhaps " if isinstance(self.applies, Unknown) else ""
        return f"{perhaps}{verb} {shown(self.protocol)} {first if first == last else f'{first}-{last}'} from {shown(self.source)}"

    @classmethod
    def unknown(cls, reason: Unknown[Any], allow: Attr[bool] | None = None) -> Self:
        """A rule of which nothing is known but that it may be there; `allow` where a filter has one kind of rule only."""
        doubt = reason.bare
        return cls(doubt, doubt, doubt, doubt, doubt if allow is None else allow, doubt if allow is None else Known(0))


class Ingress(Facet, frozen=True):
    """The traffic that a filter lets in: one rule per peer, in one order whichever way they were written."""

    rules: Attr[tuple[Rule, ...]]

    @classmethod
    def of(cls, parts: Iterable[Attr[Iterable[Rule]]], allow: Attr[bool] | None = None) -> Self:
        """The union of what several places say. A place that is unknown stands in it as an unknown rule.

        `allow` is what every rule of the filter does, where it has neither denies nor an order. A few lists of ports and
        sources multiply to millions of rules: places may tell theirs one by one, and past a limit nobody asks for more.
        """
        rules: dict[tuple[str, ...], Rule] = {}
        keys = _Keys()
        origin, count = None, 0
        for part in parts:
            origin = origin or part.origin
            for rule in part.value if isinstance(part, Known) else (Rule.unknown(part, allow),):
                count += 1
                if count > _MOST_RULES:
                    return cls(Unknown(Why.BOUNDED, f"more than {_MOST_RULES} pairs of ports and sources in one filter", origin))
                rules.setdefault(keys.of(rule), rule)
        return cls(Known(tuple(rules[key] for key in sorted(rules)), origin))


class _Keys:
    """What tells rules apart and puts them in order. The rules of one block share their facts, so each is written out once."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Attr[Any], str]] = {}  # by identity; the fact is kept, or another could get its identity

    def of(self, rule: Rule) -> tuple[str, ...]:
        return tuple(map(self._text, (rule.protocol, rule.from_port, rule.to_port, rule.source, rule.allow, rule.priority, rule.applies)))

    def _text(self, attr: Attr[Any]) -> str:
        known = self._texts.get(id(attr))
        if known is None:
            text = repr(attr.value) if isinstance(attr, Known) else repr((attr.cause, attr.possible, attr.partial))
            known = self._texts[id(attr)] = (attr, text)
        return known[1]


class Peering(Facet, frozen=True):
    """A link between two networks. None: the network says nothing of its environment."""

    requester: Attr[str | None]
    accepter: Attr[str | None]
    active: Attr[bool]


class Segment(Facet, frozen=True):
    """The network that holds a resource, by the environment it belongs to. None: it says nothing of its environment.

    Then `neighbours` are the environments of what else stands in it, each a fact of its own.
    """

    environment: Attr[str | None]
    neighbours: Attr[tuple[Attr[str | None], ...]] = Known(())
