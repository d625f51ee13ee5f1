"""No secret of a plan or a state gets as far as a record, whether it is marked, named like one, or a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, Known, Record, Unknown, Why

Read = Callable[..., Collection]
Write = Callable[..., Path]

SECRET = "planted-secret-0001"


@pytest.mark.parametrize(
    "name", ["plan.json", "state.tfstate", "show.json", "update.json.gz", "target.json.gz", "refresh-only.json.gz", "destroy.json.gz"]
)
def test_no_planted_secret_of_a_real_document_survives(read: Read, data: Path, name: str) -> None:
    assert SECRET not in repr(read(data / name))


def instance(
    read: Read, write: Write, attributes: Mapping[str, Any], paths: list[Any], kind: str = "aws_x", others: Sequence[Mapping[str, Any]] = ()
) -> Record:
    resource = {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes, "sensitive_attributes": paths}]}
    collection = read(write({"version": 4, "resources": [resource, *others]}))
    assert SECRET not in repr(collection)
    return collection.records[0]


def hidden(record: Record, path: str) -> bool:
    attr = record.at(path)
    return isinstance(attr, Unknown) and attr.why is Why.SENSITIVE


def step(value: str | int) -> dict[str, Any]:
    return (
        {"type": "get_attr", "value": value} if isinstance(value, str) else {"type": "index", "value": {"value": value, "type": "number"}}
    )


def test_a_marked_text_or_number_is_hidden_and_a_marked_flag_is_not(read: Read, write: Write) -> None:
    attributes = {"result": SECRET, "enabled": True, "size": 3, "nothing": None, "rule": [{"port": 1}, {"text": SECRET, "port": 2}]}
    paths = [[step("result")], [step("enabled")], [step("size")], [step("nothing")], [step("rule"), step(1), step("text")]]
    record = instance(read, write, attributes, paths)
    assert hidden(record, "result")
    assert (record.flag("enabled"), record.at("nothing")) == (Known(True), Known(None))
    assert hidden(record, "size")
    assert record.values["rule"][0] == {"port": 1}
    assert record.values["rule"][1]["port"] == 2


def test_a_marked_block_keeps_its_structure(read: Read, write: Write) -> None:
    record = instance(read, write, {"config": [{"text": SECRET, "items": ["a", 1], "on": False}]}, [[step("config")]])
    assert hidden(record, "config.text")
    assert record.flag("config.on") == Known(False)
    assert record.values["config"][0]["items"][1] == 1


@pytest.mark.parametrize("path", [[{"type": "get_attr"}], "x", None, [step("config"), {"type": "index", "value": None}]])
def test_a_path_that_cannot_be_read_hides_rather_than_shows(read: Read, write: Write, path: Any) -> None:
    assert hidden(instance(read, write, {"config": {"a": SECRET}}, [path]), "config.a")


@pytest.mark.parametrize(
    "name",
    ["password", "master_password", "DB_PASSWORD", "auth_token", "client_secret", "primary_access_key", "private_key_pem", "api-key"],
)
def test_a_name_tells_a_secret_without_any_mark(read: Read, write: Write, name: str) -> None:
    assert hidden(instance(read, write, {name: SECRET, "id": "x"}, []), name)
    assert hidden(
        instance(read, write, {"environment": [{"variables": {name: "other-secret-2"}}], name: SECRET}, []), f"environment.variables.{name}"
    )


def test_names_that_only_sound_like_secrets_stay_readable(read: Read, write: Write) -> None:
    readable = {
        "http_tokens": "required",
        "kms_master_key_id": "alias/x",
        "manage_master_user_password": True,
        "secret": "projects/p/secrets/s",
        "secret_arn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x",
        "password_length": 14,
        "token": "",
    }
    block = {"master_user_secret": [{"kms_key_id": "arn:aws:kms:eu-west-1:111122223333:key/x", "secret_status": "active"}]}
    record = instance(read, write, {**readable, **block}, [])
    assert record.values == {**readable, **block}


@pytest.mark.parametrize(
    ("kind", "name"), [("random_password", "result"), ("aws_ssm_parameter", "value"), ("azurerm_key_vault_secret", "value")]
)
def test_some_types_hold_secrets_under_plain_names(read: Read, write: Write, kind: str, name: str) -> None:
    record = instance(read, write, {name: SECRET, "other": f"x{SECRET}"}, [[step("id")]], kind)
    assert hidden(record, name)
    assert hidden(record, "other")


def test_a_copy_in_another_resource_is_hidden_too(read: Read, write: Write) -> None:
    source = {"mode": "managed", "type": "random_password", "name": "p", "instances": [{"attributes": {"result": SECRET}}]}
    record = instance(read, write, {"user_data": f"#!/bin/sh\nexport PW={SECRET}\n", "fine": "#!/bin/sh"}, [], others=[source])
    assert hidden(record, "user_data")
    assert record.text("fine") == Known("#!/bin/sh")


def test_a_marked_word_does_not_hide_the_word_everywhere(read: Read, write: Write) -> None:
    attributes = {"username": "postgres", "engine": "postgres", "place": "eu-central-1", "region": "eu-central-1", "cidr": "10.0.0.0/16"}
    record = instance(read, write, attributes, [[step("username")], [step("place")]])
    assert record.text("engine") == Known("postgres")
    assert record.text("region") == Known("eu-central-1")


def test_many_secrets_are_found_as_well_as_few(read: Read, write: Write) -> None:
    attributes = {f"s{number}": f"planted-secret-{number:04}" for number in range(1, 200)}
    record = instance(
        read, write, {**attributes, "note": "has planted-secret-0150 in it", "fine": "planted-other"}, [[step(name)] for name in attributes]
    )
    assert hidden(record, "note")
    assert record.text("fine") == Known("planted-other")


def test_the_marks_of_a_plan_its_variables_and_its_former_values_count(read: Read, write: Write) -> None:
    def change(name: str, **body: Any) -> dict[str, Any]:
        return {"address": f"aws_x.{name}", "mode": "managed", "type": "aws_x", "name": name, "change": {"actions": ["update"], **body}}

    document = {
        "format_version": "1.2",
        "variables": {"given": {"value": "variable-secret-1"}, "place": {"value": "plain-value-22"}},
        "planned_values": {"outputs": {"o": {"sensitive": True, "value": "output-secret-33"}}},
        "resource_changes": [
            change(
                "a",
                before={"v": "former-secret-44"},
                before_sensitive={"v": True},
                after={"v": "marked-secret-55", "n": [1, {"p": "deep-secret-66"}]},
            )
            | {},
            change(
                "b",
                after={
                    "copy": "variable-secret-1 output-secret-33",
                    "former": "former-secret-44",
                    "fine": "plain-value-22",
                    "m": "marked-secret-55",
                },
            ),
        ],
        "configuration": {"root_module": {"variables": {"given": {"sensitive": True}, "place": {}}}},
    }
    document["resource_changes"][0]["change"]["after_sensitive"] = {"v": True, "n": [False, {"p": True}]}  # type: ignore[index]
    collection = read(write(document))
    assert all(
        secret not in repr(collection) for secret in ("variable-secret", "output-secret", "former-secret", "marked-secret", "deep-secret")
    )
    assert collection.records[1].text("fine") == Known("plain-value-22")


READ = {"mode": "data", "type": "aws_secretsmanager_secret_version", "name": "s", "provider_name": "registry.terraform.io/hashicorp/aws"}


@pytest.mark.parametrize("told", [SECRET, f'{{"username": "app", "password": "{SECRET}"}}', f'[{{"token": "{SECRET}"}}]'])
def test_a_copy_of_what_a_data_source_read_is_hidden_too(read: Read, write: Write, told: str) -> None:
    recorded = {**READ, "instances": [{"attributes": {"secret_string": told}, "sensitive_attributes": []}]}
    assert hidden(instance(read, write, {"note": f"copy of {SECRET}"}, [], others=[recorded]), "note")
    shown = {**READ, "address": "data.aws_secretsmanager_secret_version.s", "values": {"secret_string": told}, "sensitive_values": {}}
    copy = {"address": "aws_x.x", "mode": "managed", "type": "aws_x", "name": "x", "values": {"note": f"copy of {SECRET}"}}
    below = {"root_module": {"resources": [copy], "child_modules": [{"address": "module.m", "resources": [shown]}]}}
    state = read(write({"format_version": "1.0", "terraform_version": "1.9.0", "values": below}))
    assert hidden(state.records[0], "note")
    planned = {"root_module": {"resources": [copy]}}
    prior = {"values": {"root_module": {"resources": [shown]}}}
    plan = read(
        write({"format_version": "1.2", "planned_values": planned, "resource_changes": [], "configuration": {}, "prior_state": prior})
    )
    assert hidden(plan.records[0], "note")


@pytest.mark.parametrize("value", [SECRET, {"a": SECRET}, [SECRET]])
@pytest.mark.parametrize("name", ["db_password", "dbPasswords", "secret"])
def test_a_variable_or_output_that_is_called_like_a_secret_is_one(read: Read, write: Write, name: str, value: Any) -> None:
    copy = {"address": "aws_x.x", "mode": "managed", "type": "aws_x", "name": "x", "values": {"note": f"copy of {SECRET}"}}
    plan = {"format_version": "1.2", "resource_changes": [], "configuration": {}, "planned_values": {"root_module": {"resources": [copy]}}}
    assert hidden(read(write({**plan, "variables": {name: {"value": value}}})).records[0], "note")
    said = {"root_module": {"variables": {name: {"default": value}}}}  # by the repository, where everybody can read it
    plain = read(write({**plan, "variables": {name: {"value": value}}, "configuration": said}))
    assert plain.records[0].text("note") == Known(f"copy of {SECRET}")
    planned = {"root_module": {"resources": [copy]}, "outputs": {name: {"value": value}}}
    assert hidden(read(write({**plan, "planned_values": planned})).records[0], "note")


def test_a_region_by_a_variable_that_is_called_like_a_secret_is_not_shown(read: Read, write: Write) -> None:
    changed: dict[str, Any] = {"address": "aws_x.x", "mode": "managed", "type": "aws_x", "name": "x"}
    provider = {"aws": {"name": "aws", "expressions": {"region": {"references": ["var.api_token"]}}}}
    declared = {"resources": [{"address": "aws_x.x", "mode": "managed", "type": "aws_x", "name": "x", "provider_config_key": "aws"}]}
    configuration = {"provider_config": provider, "root_module": declared}
    changed["change"] = {"actions": ["create"], "before": None, "after": {}, "after_unknown": {}}
    plan = {"format_version": "1.2", "resource_changes": [changed], "planned_values": {}, "configuration": configuration}
    assert SECRET not in repr(read(write({**plan, "variables": {"api_token": {"value": SECRET}}})))
