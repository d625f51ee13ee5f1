"""The providers on local sockets, and the environment in which Terraform finds them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_rpc
from tf.gen import tfplugin_pb2_grpc as rpc

from tools.fakeprov.provider import Cloud, Provider, Served
from tools.fakeprov.schemas import ANY, Attributes, load
from tools.fakeprov.written import attributes, provider_of, resource_type, written_below

_PACKAGED = ("aws", "azurerm", "google", "azuread")
_TEXTS = ("region", "profile", "access_key", "secret_key", "subscription_id", "tenant_id", "client_id", "project", "zone")
_FLAGS = ("skip_credentials_validation", "skip_requesting_account_id", "skip_metadata_api_check", "use_oidc", "storage_use_azuread")
_BLOCKS: Mapping[str, Attributes] = {
    "azurerm": {"features": {"t": ["list", {}], "o": True, "c": False, "r": False}},
    "aws": {
        "default_tags": {
            "t": ["single", {"tags": {"t": "StringMap", "o": True, "c": False, "r": False}}],
            "o": True,
            "c": False,
            "r": False,
        }
    },
}
_FIXED = {"alias", "version"}
_ID: Attributes = {"id": {"t": ANY, "o": True, "c": True, "r": False}}
_ANY_LENGTH = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class _Controller(controller_rpc.GRPCControllerServicer):  # type: ignore[misc]  # generated code without types
    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802  (the protocol's names)
        return controller.Empty()


class _Output(stdio_rpc.GRPCStdioServicer):  # type: ignore[misc]  # generated code without types
    def StreamStdio(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ARG002, N802
        return iter(())


def _arguments(name: str) -> Attributes:
    """The arguments of a provider that is packaged."""
    kinds = {**dict.fromkeys(_TEXTS, "String"), **dict.fromkeys(_FLAGS, "Boolean")}
    plain = {argument: {"t": kind, "o": True, "c": False, "r": False} for argument, kind in kinds.items()}
    return {**plain, **_BLOCKS.get(name, {})}


def _packaged() -> Iterator[tuple[set[str], Served]]:
    schemas = load()
    for name in _PACKAGED:
        types = {kind: told for kind, told in schemas.items() if provider_of(kind) == name}
        yield {f"hashicorp/{name}"}, Served(_arguments(name), types)


def _used(below: Path) -> Iterator[tuple[set[str], Served]]:
    """The providers that configurations use, by their sources, with all that is packaged or written of them."""
    schemas, found = load(), written_below(below)
    for name in sorted(found.names()):
        prefix = name.removesuffix("-beta")
        own = {argument: {**told, "c": False} for argument, told in attributes(found.providers[name]).items() if argument not in _FIXED}
        types = {
            kind: resource_type(written, schemas.get(kind)) for kind, written in found.resources.items() if provider_of(kind) == prefix
        }
        data = {kind: {**_ID, **attributes(written)} for kind, written in found.data.items() if provider_of(kind) == prefix}
        sources = found.sources.get(name, set()) | {f"hashicorp/{name}"}
        yield sources, Served({**(_arguments(name) if name in _PACKAGED else {}), **own}, types, data)


@contextmanager
def fake_providers(*, cloud: Cloud | None = None, defaults: Cloud | None = None, below: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment for `terraform`, as long as the providers are served: all that the configurations `below` a folder use."""
    with tempfile.TemporaryDirectory(prefix="fp") as name:  # short: a socket's path is limited to a hundred characters
        servers, attached = [], {}
        for number, (sources, served) in enumerate(_packaged() if below is None else _used(below)):
            server = grpc.server(ThreadPoolExecutor(8), options=_ANY_LENGTH)
            rpc.add_ProviderServicer_to_server(Provider(served, cloud or {}, defaults or {}), server)
            controller_rpc.add_GRPCControllerServicer_to_server(_Controller(), server)
            stdio_rpc.add_GRPCStdioServicer_to_server(_Output(), server)
            socket = str(Path(name) / str(number))
            server.add_insecure_port(f"unix://{socket}")
            server.start()
            servers.append(server)
            address = {"Network": "unix", "String": socket}
            told = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address}
            attached.update(dict.fromkeys(sources, told))
        try:
            yield {
                **os.environ,
                "TF_REATTACH_PROVIDERS": json.dumps(attached),
                "TF_CLI_CONFIG_FILE": os.devnull,
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
                "CHECKPOINT_DISABLE": "1",
            }
        finally:
            for server in servers:
                server.stop(0)
