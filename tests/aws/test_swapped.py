"""An answer that went to the wrong question: where it says whom it is about, it decides nothing. Which do not is known, and told."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from cloudaudit.model import Outcome
from cloudaudit.sources.live.needs import asked
from tests.aws.test_required import GOOD, LISTINGS, OPERATIONS, judged

NAMELESS = {row.alone or row.call for row in asked(LISTINGS) if row.nameless}


def of(operation: str) -> list[tuple[str, str]]:
    """The answers of an operation that tell of anything."""
    return [key for key, page in GOOD.items() if key[0] == operation and isinstance(page, dict) and any(page.values())]


def moved(found: dict[tuple[str, str], Any]) -> list[str]:
    before, _ = judged(GOOD)
    after, named = judged(found)
    lost = [f"{key}: lost" for key in before if key not in after and key[1] not in named]
    return lost + [f"{key}: {outcome}" for key, outcome in after.items() if outcome not in {before.get(key), Outcome.UNKNOWN}]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one not in NAMELESS and len(of(one)) > 1])
def test_an_answer_about_another_one_decides_nothing(operation: str) -> None:
    pairs = list(permutations(of(operation), 2))
    assert {pair: told for pair in pairs if (told := moved({**GOOD, pair[0]: GOOD[pair[1]]}))} == {}
    assert {pair: told for pair in pairs if (told := moved({**GOOD, pair[0]: GOOD[pair[1]], pair[1]: GOOD[pair[0]]}))} == {}


def test_the_answers_that_name_nobody_are_known() -> None:
    assert {
        "kms:ListResourceTags",
        "rds:DescribeDBClusterParameters",
        "rds:DescribeDBParameters",
        "s3:GetBucketEncryption",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetBucketReplication",
        "s3:GetBucketTagging",
        "s3:HeadBucket",
    } == NAMELESS
