"""The recorded account behind a real server, whose answers break on the way: verdicts become UNKNOWN and nothing else.

Here botocore's own parsers meet what a proxy, a login page or a broken connection makes of an answer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.audit import audit
from cloudaudit.model import Outcome, Why
from cloudaudit.policy import Policy
from cloudaudit.reading import read
from cloudaudit.sources.live.engine import collect
from cloudaudit_aws.api import Aws, Patience
from cloudaudit_aws.credentials import opened
from tests.aws.conftest import ACCOUNT
from tests.aws.loopback import Answer, Asked, Loopback, loopback, refusal, send, serialised
from tests.aws.recorded import Recorded, answers
from tests.aws.test_any_call import LISTED
from tests.aws.test_faults import LISTINGS

GOOD = Recorded(answers())
OPERATIONS = sorted({call for call, _ in GOOD.answers})
PATIENCE = Patience(attempts=1, first=0.0, connect=5.0, read=5.0, deadline=60.0)


def plain(value: Any, *, seconds: bool) -> Any:
    """A value as it stands in XML, or in JSON, where moments are seconds."""
    if isinstance(value, dict):
        return {name: plain(part, seconds=seconds) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part, seconds=seconds) for part in value]
    return (value.timestamp() if seconds else value.isoformat()) if isinstance(value, datetime) else value


def told(asked: Asked, handler: Any) -> tuple[int, str]:
    """The status and the body of the recorded answer."""
    page = GOOD.answers.get(GOOD.key(asked.call, {"form": asked.form, "body": asked.body, "path": handler.path}), "NotRecorded")
    if isinstance(page, str):
        return 404, refusal(asked, page, "there is none")
    if asked.name == "GetBucketPolicy":
        return 200, page["Policy"]
    return 200, serialised(asked, plain(page, seconds=asked.service == "kms"))


def repeat(asked: Asked, handler: Any) -> None:
    if asked.name == "HeadBucket":
        handler.send_response(200)
        handler.send_header("x-amz-bucket-region", "eu-west-1")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    send(handler, *told(asked, handler))


def says(status: int, body: str, **headers: str) -> Answer:
    def answer(_asked: Asked, handler: Any) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def made(change: Callable[[str], str]) -> Answer:
    def answer(asked: Asked, handler: Any) -> None:
        status, body = told(asked, handler)
        send(handler, status, change(body))

    return answer


def broken_off(asked: Asked, handler: Any) -> None:
    status, body = told(asked, handler)
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body.encode())))
    handler.end_headers()
    handler.wfile.write(body.encode()[: len(body) // 2])
    handler.close_connection = True


def erring(code: str) -> Answer:
    return lambda asked, handler: send(handler, 200, refusal(asked, code, "in an answer that says that all is well"))


_BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;&x;"><!ENTITY z "&y;&y;">]><a>&z;</a>'

BODIES: dict[str, Answer] = {
    "a login page": says(200, "<html><body>log in</body></html>"),
    "nothing": says(200, ""),
    "a list": says(200, "[]"),
    "null": says(200, "null"),
    "a text": says(200, '"text"'),
    "another document": says(200, "<Other/>"),
    "no content": says(204, ""),
    "a redirection": says(302, "", Location="http://127.0.0.1:9/"),
    "a teapot": says(418, "teapot"),
    "a rejection without a word": says(400, ""),
    "a proxy's refusal": says(403, "<html>refused</html>"),
    "a proxy that wants a password": says(407, ""),
    "a failure in JSON": says(500, "{}"),
    "entities": says(200, _BOMB),
    "deep XML": says(200, "<a>" * 3000 + "</a>" * 3000),
    "deep JSON": says(200, '{"Keys":' + "[" * 100_000),
    "an error with a good status": erring("InternalError"),
    "a refusal with a good status": erring("AccessDenied"),
    "half of it": made(lambda body: body[: len(body) // 2]),
    "twice of it": made(lambda body: body * 2),
    "a character that XML has not": made(lambda body: body.replace("production", "pro\0duction")),
    "all in small letters": made(str.lower),
    "a connection that breaks off": broken_off,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with pytest.MonkeyPatch.context() as patch, loopback() as served:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield served


Judged = tuple[dict[tuple[str, str, str], Outcome], set[str], set[Why]]


def judged(server: Loopback, answer: Answer | None = None, broken: Iterable[str] = ()) -> Judged:
    """The outcomes, and what gaps say, where some operations are answered otherwise."""
    for operation in OPERATIONS:
        server.on(operation, repeat)
    for operation in broken:
        server.on(operation, answer or repeat)
    source = collect(LISTINGS, Aws(opened(None, emulated=True), endpoint_url=server.url, patience=PATIENCE), ACCOUNT)
    found = audit(read(source, plugins.reader_of, Policy().environments.rules()), plugins.checks(), Policy(), plugins.reader_of)
    outcomes = {(finding.check, finding.subject.type, finding.subject.address): finding.outcome for finding in found}
    return outcomes, {kind for gap in source.gaps for kind in (*gap.types, *gap.nested)}, {gap.why for gap in source.gaps}


@pytest.fixture(scope="module")
def undisturbed(server: Loopback) -> dict[tuple[str, str, str], Outcome]:
    outcomes, named, _ = judged(server)
    assert not named
    return outcomes


def breaches(server: Loopback, before: dict[tuple[str, str, str], Outcome], fault: str, broken: Iterable[str]) -> list[str]:
    after, named, why = judged(server, BODIES[fault], broken)
    lost = [f"{key}: lost" for key in before if key not in after and key[1] not in named]
    moved = [f"{key}: {outcome}" for key, outcome in after.items() if outcome not in {before.get(key), Outcome.UNKNOWN}]
    return [*lost, *moved, *(["a crash of our own"] if Why.CRASHED in why else []), *([] if named else ["nobody says so"])]


@pytest.mark.parametrize("fault", BODIES)
def test_every_listing_breaks(fault: str, server: Loopback, undisturbed: Any) -> None:
    assert breaches(server, undisturbed, fault, LISTED & set(OPERATIONS)) == []


@pytest.mark.parametrize("fault", BODIES)
def test_whatever_is_asked_beyond_the_listings_breaks(fault: str, server: Loopback, undisturbed: Any) -> None:
    assert breaches(server, undisturbed, fault, set(OPERATIONS) - LISTED) == []


WORDS = ("maybe", "", "TRUE", "none", "true</{0}><{0}>false")


@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_is_no_boolean_decides_nothing(word: str, server: Loopback, undisturbed: Any) -> None:
    """For botocore's own parsers whatever is not "true" is false."""
    in_their_place = made(lambda body: re.sub(r"<(\w+)>(?:true|false)<", lambda told: f"<{told[1]}>{word.format(told[1])}<", body))
    after, named, why = judged(server, in_their_place, LISTED & set(OPERATIONS))
    moved = {key: outcome for key, outcome in after.items() if outcome is not undisturbed[key]}
    assert set(moved.values()) == {Outcome.UNKNOWN}, moved
    assert {key[1] for key in moved if key[0] == "data-encrypted-at-rest"} == {"aws_ebs_volume", "aws_ebs_snapshot", "aws_db_instance"}
    assert Why.CRASHED not in why
    assert [key for key in undisturbed if key not in after and key[1] not in named] == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", BODIES)
def test_any_operation_breaks(fault: str, server: Loopback, undisturbed: Any) -> None:
    found = {operation: breaches(server, undisturbed, fault, [operation]) for operation in OPERATIONS}
    assert {operation: said for operation, said in found.items() if said not in ([], ["nobody says so"])} == {}
