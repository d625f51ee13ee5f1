"""Does a bucket policy refuse plain HTTP? Judged by meaning: the cases that other tools get wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudaudit.model import Known, Outcome, Plaintext, TlsVersion, Transport, Unknown, Why, placeholder
from cloudaudit.plugins import checks
from cloudaudit.policy import Policy
from cloudaudit.policy.schema import TlsPolicy
from cloudaudit_aws.bucket_policy import plaintext

BUCKET = "arn:aws:s3:::data"
ARN = placeholder("aws_s3_bucket.data.arn")
NAMES = frozenset({BUCKET, ARN})
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def deny(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [BUCKET, f"{BUCKET}/*"],
        "Condition": INSECURE,
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not None}


ALLOW = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
OLD_TLS = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
CASES = {
    "deny http for one role only": ([deny(Principal={"AWS": "arn:aws:iam::123456789012:role/app"})], Outcome.FAIL),
    "deny http for uploads only": ([deny(Action="s3:PutObject")], Outcome.FAIL),
    "deny http for one prefix only": ([deny(Resource=[BUCKET, f"{BUCKET}/public/*"])], Outcome.FAIL),
    "deny http for lists only": ([deny(Action="s3:List*")], Outcome.FAIL),
    "deny old tls versions only": ([deny(Condition=OLD_TLS)], Outcome.UNKNOWN),
    "deny with a JSON boolean": ([deny(Condition={"Bool": {"aws:SecureTransport": False}})], Outcome.PASS),
    "deny with another spelling and a list": ([deny(Condition={"Bool": {"aws:securetransport": ["false"]}})], Outcome.PASS),
    "one statement that is an object": (deny(), Outcome.PASS),
    "one allow that is an object": (ALLOW, Outcome.FAIL),
    "plain": ([ALLOW, deny()], Outcome.PASS),
    "if exists": ([deny(Condition={"BoolIfExists": {"aws:SecureTransport": "false"}})], Outcome.PASS),
    "aws star": ([deny(Principal={"AWS": ["*"]})], Outcome.PASS),
    "every resource": ([deny(Resource="*")], Outcome.PASS),
    "every action": ([deny(Action="*")], Outcome.PASS),
    "objects only": ([deny(Resource=f"{BUCKET}/*")], Outcome.FAIL),
    "bucket only": ([deny(Resource=BUCKET)], Outcome.FAIL),
    "a wildcard over the bucket and its objects": ([deny(Resource=f"{BUCKET}*")], Outcome.PASS),
    "a wildcard within the name": ([deny(Resource=["arn:aws:s3:::d?ta", "arn:*:s3:::*/?*"])], Outcome.PASS),
    "every bucket": ([deny(Resource="arn:aws:s3:::*")], Outcome.PASS),
    "objects of every bucket": ([deny(Resource="arn:aws:s3:::*/*")], Outcome.FAIL),
    "objects of one character": ([deny(Resource=[BUCKET, f"{BUCKET}/?"])], Outcome.FAIL),
    "objects of two and more characters": ([deny(Resource=[BUCKET, f"{BUCKET}/??*"])], Outcome.FAIL),
    "objects with a suffix": ([deny(Resource=f"{BUCKET}*.txt")], Outcome.FAIL),
    "a bracket is no wildcard": ([deny(Resource="arn:aws:s3:::[d]ata*")], Outcome.FAIL),
    "a literal star": ([deny(Resource="arn:aws:s3:::${*}")], Outcome.FAIL),
    "two statements": ([deny(Resource=BUCKET), deny(Resource=f"{BUCKET}/*")], Outcome.PASS),
    "two statements of which one is narrowed": ([deny(Resource=BUCKET), deny(Resource=f"{BUCKET}/*", Action="s3:Get*")], Outcome.FAIL),
    "deny everything always": ([deny(Condition=None)], Outcome.PASS),
    "deny one action always": ([deny(Condition=None, Action="s3:DeleteBucket")], Outcome.FAIL),
    "a condition that is no object": ([deny(Condition="${var.condition}")], Outcome.FAIL),
    "everyone and more": ([deny(Principal={"AWS": "*", "CanonicalUser": "*"})], Outcome.PASS),
    "deny new tls versions": ([deny(Condition={"NumericGreaterThan": {"s3:TlsVersion": "1.2"}})], Outcome.FAIL),
    "deny versions that nobody has": ([deny(Condition={"NumericLessThan": {"s3:TlsVersion": "1.0"}})], Outcome.FAIL),
    "deny old tls for one network": ([deny(Condition={**OLD_TLS, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], Outcome.FAIL),
    "deny tls up to 1.1": ([deny(Condition={"NumericLessThanEquals": {"s3:TlsVersion": 1.1}})], Outcome.UNKNOWN),
    "another bucket": ([deny(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"])], Outcome.FAIL),
    "not principal": ([deny(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::123456789012:root"})], Outcome.FAIL),
    "not action": ([deny(Action=None, NotAction="s3:GetObject")], Outcome.FAIL),
    "not resource": ([deny(Resource=None, NotResource=f"{BUCKET}/public/*")], Outcome.FAIL),
    "a further condition": ([deny(Condition={**INSECURE, "StringEquals": {"aws:PrincipalOrgID": "o-1"}})], Outcome.FAIL),
    "a further key": ([deny(Condition={"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}})], Outcome.FAIL),
    "denies https": ([deny(Condition={"Bool": {"aws:SecureTransport": "true"}})], Outcome.FAIL),
    "allow on http": ([deny(Effect="Allow")], Outcome.FAIL),
    "another principal kind": ([deny(Principal={"Service": "*"})], Outcome.FAIL),
    "by another operator": ([deny(Condition={"StringEquals": {"aws:SecureTransport": "false"}})], Outcome.UNKNOWN),
    "no statement": ([], Outcome.FAIL),
    "old tls for one prefix only": ([deny(Condition=OLD_TLS, Resource=f"{BUCKET}/x/*")], Outcome.FAIL),
}


def outcome(policy: Any, rules: Policy | None = None) -> tuple[Outcome, str]:
    facet = Transport(plaintext(policy, NAMES)[0], Known(TlsVersion.TLS_1_2))
    check = next(check for check in checks() if check.id == "transport-encrypted")
    verdict = check.function(facet, rules or Policy())
    return verdict.outcome, verdict.because


@pytest.mark.parametrize("case", CASES)
def test_policies_are_judged_by_what_they_mean(case: str) -> None:
    statement, expected = CASES[case]
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert outcome(Known(text))[0] is expected


def test_a_tls_version_condition_is_enough_only_if_the_policy_says_so() -> None:
    text = Known(json.dumps({"Statement": [deny(Condition=OLD_TLS)]}))
    assert outcome(text)[0] is Outcome.UNKNOWN
    assert outcome(text, Policy(tls=TlsPolicy(s3_tls_version_condition_is_enough=True)))[0] is Outcome.PASS


def test_no_policy_fails_and_an_unread_one_is_unknown_with_the_permission() -> None:
    assert outcome(Known(None))[0] is Outcome.FAIL
    verdict, because = outcome(Unknown(Why.DENIED, "s3:GetBucketPolicy"))
    assert verdict is Outcome.UNKNOWN
    assert "s3:GetBucketPolicy" in because


def test_a_policy_of_which_only_the_arn_is_unknown_is_judged() -> None:
    text = json.dumps({"Statement": [deny(Resource=[ARN, f"{ARN}/*"])]})
    assert outcome(Unknown(Why.COMPUTED, "aws_s3_bucket.data.arn", partial=text))[0] is Outcome.PASS
    narrow = text.replace("s3:*", "s3:PutObject")
    assert outcome(Unknown(Why.COMPUTED, "aws_s3_bucket.data.arn", partial=narrow))[0] is Outcome.FAIL


def test_either_of_two_policies_decides_if_both_agree() -> None:
    good = json.dumps({"Statement": [deny()]})
    assert outcome(Unknown(Why.UNRESOLVED, "var.x", possible=(good, good.replace("*", "*"))))[0] is Outcome.PASS
    assert outcome(Unknown(Why.UNRESOLVED, "var.x", possible=(good, None)))[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '"x"', '{"Statement": "x"}', '{"Statement": [1]}', "[" * 5000, '{"Statement": {"Condition": {"Bool": 1}}}',
     '{"Statement": {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": {"a": 1}}}}}',
     '{"Statement": {"Effect": "Deny", "Condition": {"x": 1, "Bool": {"aws:SecureTransport": "false"}}, "Principal": [[]]}}'],
)  # fmt: skip
def test_a_policy_of_a_strange_shape_never_passes(text: str) -> None:
    facts, _ = plaintext(Known(text), NAMES)
    assert facts != Known(Plaintext.REFUSED)
