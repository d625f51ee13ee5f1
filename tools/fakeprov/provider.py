"""One fake provider: Terraform's plugin protocol, version 6, over the schemas."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgpack
import msgspec
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from tools.fakeprov.answers import answer
from tools.fakeprov.schemas import ANY, Attributes, conform, is_block, primitive, type_of

Cloud = Mapping[str, Mapping[str, Any]]
"""By resource type, then by id, ARN, bucket or name ("*" is any): attributes that differ now; None is gone."""

_SENSITIVE = re.compile(
    "password|secret_string|client_secret|primary_access_key|secondary_access_key|connection_string|private_key|master_user_secret"
    "|(?<!session_)token$"
)
_UNKNOWN = msgpack.ExtType(0, b"\x00")
_NESTING = {"single": "LIST", "list": "LIST", "set": "SET", "map": "MAP"}


class Served(msgspec.Struct, frozen=True):
    """What one provider knows: its own arguments, resource types with `attrs` and `blocks`, and data sources."""

    own: Attributes
    types: Mapping[str, Any]
    data: Mapping[str, Attributes] = {}


class Provider(rpc.ProviderServicer):  # type: ignore[misc]  # generated code without types
    """The resources of one provider. `cloud` is what is there at refresh, `defaults` what the cloud fills in at creation."""

    def __init__(self, served: Served, cloud: Cloud, defaults: Cloud) -> None:
        self._served, self._cloud, self._defaults = served, cloud, defaults
        self._types = served.types
        self._seen: dict[str, int] = {}
        self._lock = Lock()

    def GetMetadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802  (the protocol's names)
        kinds = [pb.GetMetadata.ResourceMetadata(type_name=kind) for kind in self._types]
        data = [pb.GetMetadata.DataSourceMetadata(type_name=kind) for kind in self._served.data]
        capabilities = pb.ServerCapabilities(plan_destroy=False)
        return pb.GetMetadata.Response(server_capabilities=capabilities, resources=kinds, data_sources=data)

    def GetProviderSchema(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        own = pb.Schema(version=0, block=_block(self._served.own, None))
        data = {kind: pb.Schema(version=0, block=_block(attributes, None)) for kind, attributes in self._served.data.items()}
        resources = {
            kind: pb.Schema(version=0, block=_block(told["attrs"], frozenset(told["blocks"]))) for kind, told in self._types.items()
        }
        capabilities = pb.ServerCapabilities(plan_destroy=False)
        return pb.GetProviderSchema.Response(
            provider=own, resource_schemas=resources, data_source_schemas=data, server_capabilities=capabilities
        )

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return pb.ValidateResourceConfig.Response()

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return pb.ValidateDataResourceConfig.Response()

    def ReadDataSource(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        asked = _decoded(request.config)
        unset = [name for name, told in self._served.data[request.type_name].items() if told["t"] == ANY and asked.get(name) is None]
        answers = {name: answer(request.type_name, name, asked) for name in unset}
        return pb.ReadDataSource.Response(state=_encoded({**asked, **answers}))

    def ConfigureProvider(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return pb.ConfigureProvider.Response()

    def StopProvider(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        return pb.StopProvider.Response()

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        raw = json.loads(request.raw_state.json) if request.raw_state.json else dict(request.raw_state.flatmap)
        return pb.UpgradeResourceState.Response(upgraded_state=_encoded(self._conformed(request.type_name, raw)))

    def ReadResource(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        value = _decoded(request.current_state)
        there = self._cloud.get(request.type_name, {})
        key = next((value.get(name) for name in ("id", "arn", "bucket", "name") if value.get(name) in there), "*")
        if key in there:
            now = there[key]
            value = None if now is None else self._conformed(request.type_name, {**value, **now})
        return pb.ReadResource.Response(new_state=_encoded(value))

    def PlanResourceChange(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        proposed, prior = _decoded(request.proposed_new_state), _decoded(request.prior_state)
        if proposed is not None and prior is None:
            attributes = self._types[request.type_name]["attrs"]
            proposed.update({name: _UNKNOWN for name, told in attributes.items() if told["c"] and proposed.get(name) is None})
        return pb.PlanResourceChange.Response(planned_state=_encoded(proposed))

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        planned = _decoded(request.planned_state)
        if planned is not None:
            name = f"{request.type_name}-{self._identity(request.type_name, planned)}"
            _fill(planned, self._types[request.type_name]["attrs"], name, self._defaults.get(request.type_name, {}))
        return pb.ApplyResourceChange.Response(new_state=_encoded(planned))

    def ImportResourceState(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        state = _encoded(self._conformed(request.type_name, {"id": request.id}))
        imported = pb.ImportResourceState.ImportedResource(type_name=request.type_name, state=state)
        return pb.ImportResourceState.Response(imported_resources=[imported])

    def _conformed(self, kind: str, value: Any) -> dict[str, Any]:
        return conform(value, self._types[kind]["attrs"], frozenset(self._types[kind]["blocks"]))

    def _identity(self, kind: str, planned: Mapping[str, Any]) -> str:
        """A name for what is made, from its configuration; equal ones are numbered."""
        known = sorted((name, repr(value)) for name, value in planned.items() if not isinstance(value, msgpack.ExtType))
        name = hashlib.sha256(f"{kind}{known!r}".encode()).hexdigest()[:8]
        with self._lock:
            count = self._seen[name] = self._seen.get(name, 0) + 1
        return name if count == 1 else f"{name}{count}"


def _block(attributes: Attributes, blocks: frozenset[str] | None) -> Any:
    made = pb.Schema.Block()
    nested = pb.Schema.NestedBlock
    for name, told in attributes.items():
        kind = told["t"]
        if is_block(name, told, blocks):
            inner = made.block_types.add(type_name=name)
            inner.block.CopyFrom(_block(kind[1], None))
            inner.nesting = nested.SINGLE if name == "timeouts" else getattr(nested, _NESTING[kind[0]])
            if kind[0] == "single" and name != "timeouts":
                inner.max_items = 1
        else:
            made.attributes.add(
                name=name,
                type=json.dumps(type_of(kind)).encode(),
                optional=True if isinstance(kind, list) and not told["c"] else told["o"],
                computed=told["c"],
                required=told["r"],
                sensitive=kind == "String" and _SENSITIVE.search(name) is not None,
            )
    return made


def _fill(value: dict[str, Any], attributes: Attributes, name: str, defaults: Mapping[str, Any]) -> None:
    """Give what is left to the cloud a value."""
    for key, told in attributes.items():
        kind, given = told["t"], value.get(key)
        if isinstance(given, msgpack.ExtType):
            value[key] = conform({key: defaults[key]}, {key: told})[key] if key in defaults else _made_up(kind, name)
        elif isinstance(given, list) and isinstance(kind, list):
            for item in given:
                if isinstance(item, dict):
                    _fill(item, kind[1], name, {})


def _made_up(kind: Any, name: str) -> Any:
    nesting = kind[0] if isinstance(kind, list) else primitive(kind)
    single = nesting if isinstance(nesting, str) else nesting[0]
    made: dict[str, Any] = {"string": name, "number": 0, "bool": False, "map": {}}
    return made.get(single, [])


def _decoded(value: Any) -> Any:
    if value.msgpack:
        return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False)
    return json.loads(value.json) if value.json else None


def _encoded(value: Any) -> Any:
    return pb.DynamicValue(msgpack=msgpack.packb(value))
