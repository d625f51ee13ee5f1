"""Scope: in which account and region a resource lives, and by which provider configuration."""

from __future__ import annotations

from typing import Any

import msgspec

from cloudaudit.model.attr import Attr, Known, Unknown, Why

_NOWHERE: Known[Any] = Known(None)


class Scope(msgspec.Struct, frozen=True):
    """Where a resource lives: provider ("aws", "azure", "gcp"), account (subscription, project) and region.

    `configuration` identifies the provider configuration that manages it, where a source tells: the same one works in one account,
    be it known or not. Two that differ may work in the same. `probable` names the account or region that a source tells only what
    it rests on: it is what that is, unless something is made of it. `zone` is where its provider puts what names no zone.
    `own` are the "account" and "region" that the resource says itself, whatever its provider does, each with what identifies the
    expression that says so; "" where nothing does.
    """

    provider: str
    account: Attr[str | None] = _NOWHERE
    region: Attr[str | None] = _NOWHERE
    partition: str | None = None
    configuration: str = ""
    probable: tuple[str, ...] = ()
    zone: Attr[str | None] = _NOWHERE
    own: tuple[tuple[str, str], ...] = ()

    @property
    def proven(self) -> Scope:
        """The scope without what is only probable."""
        if not self.probable:
            return self
        doubts: dict[str, Any] = {
            name: Unknown(Why.UNPROVEN, f"the plan tells what the {name} of the provider rests on, not what it is")
            for name in self.probable
        }
        return msgspec.structs.replace(self, probable=(), **doubts)

    def shares_place(self, other: Scope) -> bool | None:
        """Whether two resources are in one account and region; None if that cannot be told. What is unknown is equal to nothing."""
        if self.provider != other.provider:
            return False
        account, region = _same_account(self.account, other.account), _same(self.region, other.region)
        if account is False or region is False:
            return False
        account = account or self._says_the_same(other, "account", self.account, other.account)
        region = region or self._says_the_same(other, "region", self.region, other.region)
        return True if account and region else None

    def shares_account(self, other: Scope) -> bool | None:
        """The same for the account alone."""
        if self.provider != other.provider:
            return False
        same = _same_account(self.account, other.account)
        return True if same is None and self._says_the_same(other, "account", self.account, other.account) else same

    def _says_the_same(self, other: Scope, name: str, one: Attr[str | None], two: Attr[str | None]) -> bool:
        """Whether a place that is not known is the same one: that of one configuration, or what one expression says."""
        mine, theirs = dict(self.own).get(name), dict(other.own).get(name)
        if not self.is_of(other) or (mine is None) is not (theirs is None):
            return False
        return mine is None or (mine != "" and mine == theirs) or (isinstance(one, Unknown) and one.same_text(two))

    def is_of(self, other: Scope) -> bool:
        return bool(self.configuration) and self.configuration == other.configuration


def _same_account(one: Attr[str | None], other: Attr[str | None]) -> bool | None:
    """The same of accounts: a project of Google Cloud has a number beside its name, and which is whose nothing tells."""
    same = _same(one, other)
    if same is False and isinstance(one, Known) and isinstance(other, Known):
        return False if str(one.value).isdecimal() == str(other.value).isdecimal() else None
    return same


def _same(one: Attr[str | None], other: Attr[str | None]) -> bool | None:
    if isinstance(one, Known) and isinstance(other, Known) and one.value is not None and other.value is not None:
        return one.value == other.value
    return None
