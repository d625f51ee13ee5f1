"""Whether two records tell of one thing: a name is unique within a resource group or a vault only, and that within a subscription."""

from __future__ import annotations

from cloudaudit.model import Attr, Known, Record, Unknown, Why, first_unknown
from cloudaudit.model.names import block_of
from cloudaudit.model.texts import same_text

_UNIQUE = {"id", "vault_uri"}
_YES, _NO = Known(value=True), Known(value=False)


def in_one_group(one: Record, other: Record) -> Attr[bool]:
    """Whether two resources lie in one resource group: its name is not enough, one of another subscription may have it."""
    group = same_text(*(record.text("resource_group_name").or_else(_unnamed(record)) for record in (one, other)))
    parts = (group, _in_one_subscription(one, other))
    if _NO in parts:
        return _NO
    doubt = first_unknown(*parts)
    return doubt if doubt is not None else group


def same_resource(one: Attr[str | None], other: Attr[str | None]) -> Attr[bool]:
    """Whether two attributes are of one resource, each of them unique: ids, addresses. Those of two declared resources are of two.

    A data source reads what may be declared, and what hands on a value may have it of another: these two may be one all the same. What is
    ignored was of one when it was made, and may be of another by now.
    """
    ignored = next((attr for attr in (one, other) if isinstance(attr, Unknown) and attr.why is Why.IGNORED), None)
    if ignored is not None:
        return ignored.bare
    if isinstance(one, Unknown) and isinstance(other, Unknown) and one.is_ is not None and other.is_ is not None:
        (first, _, name), (second, _, another) = one.is_.rpartition("."), other.is_.rpartition(".")
        if {name, another} <= _UNIQUE and (first == second or _kind(first) == _kind(second) != ""):
            return Known(first == second, one.origin)
    return same_text(one, other)


def _kind(address: str) -> str:
    """The type of a resource that azurerm makes; empty for anything else."""
    block = block_of(address)
    kind = block.split(".")[-2] if "." in block else ""
    return kind if kind.startswith("azurerm_") and f".data.{kind}." not in f".{block}" else ""


def _in_one_subscription(one: Record, other: Record) -> Attr[bool]:
    first, second = one.scope, other.scope
    if first.configuration and first.configuration == second.configuration:
        return _YES
    same = same_text(first.account, second.account)
    # `terraform show -json` tells no configuration: ids tell the subscription there. Where none does, the group's name is all there is.
    return same if first.configuration or second.configuration or isinstance(same, Known) else _YES


def _unnamed(record: Record) -> Attr[str | None]:
    return Unknown(Why.UNSUPPORTED, f"{record.address} names no resource group", record.origin)
