"""Keys of AWS KMS, as the stores that use them see them."""

from __future__ import annotations

import re

from cloudaudit.model import Attr, Cipher, Doubt, KeyOwner, KeyState, Known, Origin, Record, Related, Unknown, Why

RELATED = ("aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_replica_external_key")

_STATES = {
    "Enabled": KeyState.ENABLED,
    "Disabled": KeyState.DISABLED,
    "PendingDeletion": KeyState.PENDING_DELETION,
    "PendingReplicaDeletion": KeyState.PENDING_DELETION,
    "PendingImport": KeyState.PENDING_IMPORT,
    "Unavailable": KeyState.UNAVAILABLE,
    "Creating": KeyState.UNAVAILABLE,
    "Updating": KeyState.ENABLED,
}

_OF_AWS = re.compile(r"(?:arn:[^/]*:)?alias/aws/")
"""How an alias begins that only AWS makes; a customer's may hold the same further on. Source: KMS API, CreateAlias.AliasName."""


def key_state(key: Record) -> Attr[KeyState]:
    """The state of a key: KMS's own word where the cloud was asked, else what Terraform declares."""
    seen = key.seen("key_state")
    if isinstance(seen, Known) or seen.why is not Why.ELSEWHERE:
        return seen.then(_state)
    enabled = key.flag("is_enabled" if key.type == "aws_kms_key" else "enabled").or_else(_unset_state(key))
    state: Attr[KeyState] = enabled.map(lambda on: KeyState.ENABLED if on else KeyState.DISABLED)
    return _imported(key, state) if key.type.endswith("_external_key") else state


def _imported(key: Record, state: Attr[KeyState]) -> Attr[KeyState]:
    """The state of a key whose material is brought: without any it waits for it. Source: KMS Developer Guide, key states."""
    told = key.text("key_state")
    if isinstance(told, Known) and told.value:
        return _state(told.value)
    if key.report:
        return told.then(lambda _: state)
    material = key.at("key_material_base64").then(lambda text: state if text else Known(KeyState.PENDING_IMPORT, key.origin))
    return key.text("valid_to").then(lambda until: material if until is None or material != Known(KeyState.ENABLED) else _expiring(until))


def _expiring(until: str) -> Attr[KeyState]:
    """A key is of no use once its material has expired. A configuration does not tell at what time it holds."""
    return Unknown(Why.UNRESOLVED, f"its material expires at {until}, and whether that is past is not told")


def _unset_state(key: Record) -> Attr[bool]:
    """A key is made enabled (source: KMS API, CreateKey); one that is there may have been disabled since."""
    if key.report:
        return Unknown(Why.UNRESOLVED, "the key does not say whether it is enabled", key.origin)
    return Known(value=True)


def _state(word: str | None) -> Attr[KeyState]:
    state = _STATES.get(word or "")
    return Known(state) if state is not None else Unknown(Why.UNSUPPORTED, f'the key state "{word}" is in no table')


def named_key(record: Record, encrypted: Attr[bool | None]) -> Attr[str | None]:
    """The key that a store names. One that is there and encrypted has a key, whatever was asked for.

    Source: EC2 API, Volume.KmsKeyId; RDS API, DBInstance.KmsKeyId.
    """
    own = record.text("kms_key_id")
    if record.report and own == Known(None) and encrypted != Known(value=False):
        return Unknown(Why.UNSUPPORTED, "the answer does not name the key", own.origin)
    return own


def kms_cipher(record: Record) -> Cipher:
    """What KMS encrypts data with: AES-256-GCM, but SM4-128 in the China regions.

    Source: AWS KMS Developer Guide, key spec SYMMETRIC_DEFAULT.
    """
    region = record.scope.region
    china = record.scope.partition == "aws-cn" or (isinstance(region, Known) and (region.value or "").startswith("cn-"))
    return Cipher.SM4_128 if china else Cipher.AES_256


def key_used(reference: Attr[str | None], related: Related, store: Record) -> tuple[Attr[KeyOwner], Attr[KeyState]]:
    """Who owns the key that a store refers to, and its state. Without a reference it is AWS's own.

    A bare id or alias means a key of the store's own account and region; an ARN says which. An alias points at a key beside it.
    A key that a Terraform root leaves to others is ELSEWHERE: where it is declared, or lives, it is judged.
    """
    if isinstance(reference, Known) and (reference.value is None or _OF_AWS.match(reference.value)):
        return Known(KeyOwner.PROVIDER, reference.origin), Known(KeyState.ENABLED, reference.origin)
    target = related.target(reference, *RELATED, near=store)
    if isinstance(target, Known) and target.value is not None and target.value.type == "aws_kms_alias":
        amiss = _amiss(reference, target.value, related)
        if amiss is not None:
            return amiss, amiss
        target = related.target(target.value.text("target_key_id"), *RELATED, near=target.value)
    if isinstance(target, Unknown):
        doubt = related.outside(target, "the key")
        return doubt, doubt
    key = target.value
    if key is None or key.seen("key_manager") == Known("AWS"):
        return Known(KeyOwner.PROVIDER, target.origin), Known(KeyState.ENABLED, target.origin)
    return _customer(key, target.origin), key_state(key)


def _customer(key: Record, origin: Origin | None) -> Attr[KeyOwner]:
    """The customer owns what is declared, and what KMS says is not AWS's own."""
    manager = key.seen("key_manager")
    if isinstance(manager, Unknown) and manager.why is not Why.ELSEWHERE:
        return manager.bare
    return Known(KeyOwner.CUSTOMER, origin)


def _amiss(reference: Attr[str | None], alias: Record, related: Related) -> Doubt | None:
    """Why an alias does not lead to the key that a reference means. Only AWS's own may stand for none yet.

    Source: KMS API, AliasListEntry.TargetKeyId.
    """
    if _spelled_otherwise(reference, alias):
        why = Why.UNRESOLVED if related.live else Why.ELSEWHERE
        return Unknown(why, f"the alias of the key is not declared here: {alias.address} is spelled otherwise")
    if alias.text("target_key_id") == Known(None):
        return Unknown(Why.UNSUPPORTED, f"{alias.address} does not say for which key it stands", alias.origin)
    return None


def _spelled_otherwise(reference: Attr[str | None], alias: Record) -> bool:
    """Whether a reference names an alias in other letters: the case of these counts. Source: KMS API, CreateAlias.AliasName."""
    names = {name for name in (alias.values.get("name"), alias.values.get("arn"), alias.values.get("id")) if isinstance(name, str)}
    text = reference.value or "" if isinstance(reference, Known) else ""
    return bool(text) and text not in names and text.lower() in {name.lower() for name in names}
