"""The providers on local sockets, and the environment in which Terraform finds them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_controller_pb2 as controller
from tf.gen import grpc_controller_pb2_grpc as controller_rpc
from tf.gen import grpc_stdio_pb2_grpc as stdio_rpc
from tf.gen import tfplugin_pb2_grpc as rpc

from tools.fakeprov.provider import Cloud, Provider
from tools.fakeprov.schemas import load

PROVIDERS = ("aws", "azurerm", "google", "azuread")
_ANY_LENGTH = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class _Controller(controller_rpc.GRPCControllerServicer):  # type: ignore[misc]  # generated code without types
    def Shutdown(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802  (the protocol's names)
        return controller.Empty()


class _Output(stdio_rpc.GRPCStdioServicer):  # type: ignore[misc]  # generated code without types
    def StreamStdio(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ARG002, N802
        return iter(())


@contextmanager
def fake_providers(*, cloud: Cloud | None = None, defaults: Cloud | None = None) -> Iterator[dict[str, str]]:
    """The environment for `terraform`, as long as the providers are served."""
    schemas = load()
    with tempfile.TemporaryDirectory(prefix="fp") as name:  # short: a socket's path is limited to a hundred characters
        servers, attached = [], {}
        for prefix in PROVIDERS:
            server = grpc.server(ThreadPoolExecutor(8), options=_ANY_LENGTH)
            rpc.add_ProviderServicer_to_server(Provider(prefix, schemas, cloud or {}, defaults or {}), server)
            controller_rpc.add_GRPCControllerServicer_to_server(_Controller(), server)
            stdio_rpc.add_GRPCStdioServicer_to_server(_Output(), server)
            socket = str(Path(name) / prefix)
            server.add_insecure_port(f"unix://{socket}")
            server.start()
            servers.append(server)
            address = {"Network": "unix", "String": socket}
            attached[f"hashicorp/{prefix}"] = {
                "Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True, "Addr": address,
            }  # fmt: skip
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
