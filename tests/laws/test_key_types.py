"""Law: a key of any type is asked only for what that type has, and one that is switched off is never enabled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import KeyState, Known, Origin, Record, Scope
from cloudaudit.model.record import Block
from cloudaudit_aws import keys

SCHEMAS = json.loads((Path(__file__).resolve().parents[1] / "data" / "terraform-schemas.json").read_text(encoding="utf-8"))
KEYS = [kind for kind in keys.RELATED if kind != "aws_kms_alias"]
SWITCHES = ("is_enabled", "enabled")


def key(kind: str, **values: Any) -> Record:
    return Record(kind, f"{kind}.k", None, Scope("aws"), values, Origin("main.tf", 1))


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_is_asked_for_what_its_type_has(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    original = Block.at

    def at(self: Block, path: str, **told: Any) -> Any:
        asked.add(path.partition(".")[0])
        return original(self, path, **told)

    monkeypatch.setattr(Block, "at", at)
    keys.key_state(key(kind))
    assert asked
    assert asked <= SCHEMAS[kind].keys()


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_is_switched_off_is_not_enabled(kind: str) -> None:
    (switch,) = (name for name in SWITCHES if name in SCHEMAS[kind])
    assert keys.key_state(key(kind, **{switch: False, "key_material_base64": "x"})) == Known(KeyState.DISABLED)
    assert keys.key_state(key(kind, **{switch: True, "key_material_base64": "x"})) == Known(KeyState.ENABLED)
