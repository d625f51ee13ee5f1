"""What addresses give to be let in is not shown, and all else of them is."""

from __future__ import annotations

import pytest

from cloudaudit.model.shown import shown, uncredentialed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("git::https://oauth2:t0ken@github.com/a/b.git?ref=v1", "git::https://***@github.com/a/b.git?ref=v1"),
        ("https://t0ken@github.com/a/b", "https://***@github.com/a/b"),
        ("https://user:t0/ken@host/x", "https://***@host/x"),
        ("oauth2:t0ken@github.com/a/b", "***@github.com/a/b"),
        ("github.com/a/b?ref=v1&sshkey=t0ken=", "github.com/a/b?ref=v1&sshkey=***"),
        ('Could not connect: "http://audit:t0ken@127.0.0.1:9/"', 'Could not connect: "http://***@127.0.0.1:9/"'),
        ("https://a.blob.core.windows.net/c?sv=2020&sig=t0ken%3D", "https://a.blob.core.windows.net/c?sv=***&sig=***"),
    ],
)
def test_is_not_shown(text: str, told: str) -> None:
    assert (uncredentialed(text), shown([text])) == (told, told)


@pytest.mark.parametrize(
    "text",
    [
        "git::ssh://git@github.com/a/b.git?ref=v1",
        "git@github.com:a/b.git",
        "https://host:8443/a@b",
        "arn:aws:iam::123456789012:user/a@example.com",
        "arn:aws:sns:eu-west-1:123456789012:x@y",
        "terraform-aws-modules/vpc/aws",
    ],
)
def test_is_shown(text: str) -> None:
    assert uncredentialed(text) == text
