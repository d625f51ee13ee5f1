"""Texts of which parts are known, as tests write them."""

from __future__ import annotations

import re

from cloudaudit.model import placeholder


def partial(text: str) -> str:
    """The text with a placeholder for each `${aws_s3_bucket.x["key"].arn}`, `${?}` for one without a name; as JSON, in single quotes."""
    return re.sub(r"\$\{([^}]*)\}", lambda name: placeholder(name[1].replace("'", '"').replace("?", "")), text)
