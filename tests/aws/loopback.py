"""An account behind a real HTTP server on this machine: botocore's own clients talk to it, and it answers by botocore's own shapes.

Every operation answers with empty lists until a test says otherwise, so that a fault is the only thing that is wrong.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "123456789012"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
_S3 = {
    "encryption": "GetBucketEncryption",
    "policy": "GetBucketPolicy",
    "replication": "GetBucketReplication",
    "tagging": "GetBucketTagging",
}
_NONE = {
    "GetBucketEncryption": "ServerSideEncryptionConfigurationNotFoundError",
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
    "GetBucketTagging": "NoSuchTagSet",
}
_CLIENTS = {"elasticloadbalancing": "elbv2", "tagging": "resourcegroupstaggingapi"}
_JSON = {"kms", "resourcegroupstaggingapi"}


class Asked:
    """One request: whose operation it is, where it was sent, and with what."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        self.form = {name: values[0] for name, values in parse_qs(body).items()}
        found = _SCOPE.search(handler.headers.get("Authorization") or "")
        self.region, scope = (found[1], found[2]) if found else ("", "sts")
        self.service = _CLIENTS.get(scope, scope)
        target = handler.headers.get("X-Amz-Target")
        self.body = json.loads(body) if target else {}
        place = urlsplit(handler.path)
        query = next((name for name in parse_qs(place.query, keep_blank_values=True) if name in _S3), "")
        own = self.form.get("Action") or (target or "").rpartition(".")[2]
        named = "ListBuckets" if place.path == "/" else "HeadBucket" if handler.command == "HEAD" else "GetBucketLocation"
        self.name = own or (_S3[query] if query else named)
        self.call = f"{self.service}:{self.name}"


Answer = Callable[[Asked, BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # as many connections as a scan opens at once: one that is turned away is made again, and counted


class Loopback:
    """The server. `url` is its address, `asked` counts requests by operation and region."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self.over = Event()
        self._answers: dict[str, list[tuple[str, Iterator[int] | None, Answer]]] = {}
        self._noticed: dict[str, Event] = {}
        self._lock = Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                server.respond(Asked(self), self)

            do_GET = do_POST = do_HEAD = answer  # noqa: N815  (the names that it is looked up by)

            def log_message(self, *_: object) -> None:
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=partial(self.server.serve_forever, 0.02), daemon=True).start()
        self.says("sts:GetCallerIdentity", Account=ACCOUNT, Arn=f"arn:aws:iam::{ACCOUNT}:user/a", UserId="a")
        self.regions("eu-central-1")

    def regions(self, *names: str, whole: bool = False) -> None:
        """The regions that the account has enabled; with `whole`, AWS's others are there too, and are not."""
        self._answers.pop("ec2:DescribeRegions", None)
        enabled = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in names]
        others = [{"RegionName": name, "OptInStatus": "not-opted-in"} for name in every_region() if whole and name not in names]
        self.says("ec2:DescribeRegions", Regions=enabled + others)

    def on(self, call: str, answer: Answer, *, region: str = "", times: int | None = None) -> None:
        """This answer from now on, in one region or all, before those that were set earlier; with `times`, as often. "*" is any call."""
        with self._lock:
            self._answers.setdefault(call, []).insert(0, (region, iter(range(times)) if times is not None else None, answer))

    def says(self, call: str, *, region: str = "", times: int | None = None, **values: Any) -> None:
        """An answer with these values."""
        self.on(call, lambda asked, handler: send(handler, 200, serialised(asked, values)), region=region, times=times)

    def refuses(self, call: str, code: str, message: str = "", status: int = 403, *, region: str = "", times: int | None = None) -> None:
        """An error with a code."""
        self.on(call, lambda asked, handler: send(handler, status, refusal(asked, code, message)), region=region, times=times)

    def notices(self, call: str) -> Event:
        """Set once the operation is asked for."""
        return self._noticed.setdefault(call, Event())

    def hangs(self, call: str, *, region: str = "") -> None:
        """Silence."""

        def hang(_asked: Asked, _handler: BaseHTTPRequestHandler) -> None:
            self.over.wait(60)

        self.on(call, hang, region=region)

    def drips(self, call: str, *, region: str = "") -> None:
        """A body of which a byte comes now and then, without end."""

        def drip(_asked: Asked, handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            while not self.over.wait(0.2):
                handler.wfile.write(b" ")
                handler.wfile.flush()

        self.on(call, drip, region=region)

    def respond(self, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        with self._lock:
            self.asked[asked.call, asked.region] += 1
            self._noticed.setdefault(asked.call, Event()).set()
            answer = next(self._chosen(asked), None)
        try:
            if answer is not None:
                answer(asked, handler)
            elif asked.name == "GetBucketLocation":
                send(handler, 200, f"<LocationConstraint>{asked.region}</LocationConstraint>")
            elif asked.name in _NONE:
                send(handler, 404, refusal(asked, _NONE[asked.name], "there is none"))
            else:
                send(handler, 200, serialised(asked, {}))
        except OSError:
            handler.close_connection = True

    def _chosen(self, asked: Asked) -> Iterator[Answer]:
        for call in (asked.call, "*"):
            for region, left, answer in self._answers.get(call, ()):
                if region in {"", asked.region} and (left is None or next(left, None) is not None):
                    yield answer


@contextmanager
def loopback() -> Iterator[Loopback]:
    """A server for as long as the context lasts."""
    served = Loopback()
    try:
        yield served
    finally:
        served.over.set()
        served.server.shutdown()
        served.server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: str) -> None:
    """A whole answer."""
    data = body.encode()
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def refusal(asked: Asked, code: str, message: str) -> str:
    """An error in the service's own protocol."""
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if asked.service in _JSON:
        return json.dumps({"__type": code, "message": message})
    bodies = {"s3": error, "ec2": f"<Response><Errors>{error}</Errors></Response>"}
    return bodies.get(asked.service, f"<ErrorResponse>{error}</ErrorResponse>")


def serialised(asked: Asked, values: Mapping[str, Any]) -> str:
    """An answer with these values and empty lists for the rest."""
    shape = _model(asked.service).operation_model(asked.name).output_shape
    lists: dict[str, Any] = {name: [] for name, member in (shape.members if shape else {}).items() if member.type_name == "list"}
    if asked.service in _JSON:
        return json.dumps({**lists, **values})
    payload = str(shape.serialization.get("payload")) if shape else ""
    if shape and payload in values:
        return _xml(shape.members[payload], values[payload], payload)
    inner = _xml(shape, {**lists, **values}, "Result") if shape else ""
    if asked.service in {"ec2", "s3"}:
        return f"<Response>{inner[len('<Result>') : -len('</Result>')]}</Response>"
    return f"<{asked.name}Response>{inner.replace('Result>', asked.name + 'Result>')}</{asked.name}Response>"


def _xml(shape: Any, value: Any, name: str) -> str:
    if shape.type_name == "structure":
        unheard_of = set(value) - set(shape.members)
        assert not unheard_of, f"{shape.name} has no {unheard_of}"
        inner = (_xml(member, value[key], member.serialization.get("name", key)) for key, member in shape.members.items() if key in value)
        return f"<{name}>{''.join(inner)}</{name}>"
    if shape.type_name == "list":
        if shape.serialization.get("flattened"):
            return "".join(_xml(shape.member, item, name) for item in value)
        item_name = shape.member.serialization.get("name", "member")
        return f"<{name}>{''.join(_xml(shape.member, item, item_name) for item in value)}</{name}>"
    return f"<{name}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"


@cache
def every_region() -> tuple[str, ...]:
    """The regions that AWS has."""
    from botocore.session import Session

    return tuple(Session().get_available_regions("ec2"))


@cache
def _model(service: str) -> Any:
    from botocore.session import Session

    return Session().get_service_model(service)
