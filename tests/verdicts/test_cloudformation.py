"""What CloudFormation's own types set of a resource that the aws provider declares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PORTS, TLS = "sensitive-ports-closed-to-world", "transport-encrypted"
MAIN = """
provider "aws" {{ region = "eu-central-1" }}
variable "v" {{ type = string }}
resource "aws_security_group" "g" {{ name = "g" }}
resource "aws_s3_bucket" "b" {{ bucket = "data" }}
resource "aws_lb" "l" {{ load_balancer_type = "application" }}
resource "aws_lb_listener" "h" {{
  load_balancer_arn = aws_lb.l.arn
  protocol          = "HTTP"
  default_action {{
    type = "redirect"
    redirect {{
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }}
  }}
}}
{more}
"""
GROUP, BUCKET, LISTENER = ("aws_security_group.g", PORTS), ("aws_s3_bucket.b", TLS), ("aws_lb_listener.h", TLS)
ALONE = {GROUP: "pass", BUCKET: "fail", LISTENER: "pass"}


def ingress(body: str) -> str:
    return f'resource "awscc_ec2_security_group_ingress" "r" {{\n  ip_protocol = "tcp"\n  from_port = 22\n  to_port = 22\n  {body}\n}}\n'


def control(kind: str, state: str) -> str:
    return f'resource "aws_cloudcontrolapi_resource" "r" {{\n  type_name = {kind}\n  desired_state = jsonencode({state})\n}}\n'


@pytest.mark.parametrize(
    ("more", "changed"),
    [
        ("", {}),
        (ingress('group_id = aws_security_group.g.id\n  cidr_ip = "0.0.0.0/0"'), {GROUP: "fail"}),
        (ingress('group_id = aws_security_group.g.id\n  cidr_ipv_6 = "::/0"'), {GROUP: "fail"}),
        (ingress('group_name = aws_security_group.g.name\n  cidr_ip = "0.0.0.0/0"'), {GROUP: "fail"}),
        (ingress('group_id = aws_security_group.g.id\n  cidr_ip = "10.0.0.0/8"'), {}),
        (ingress("group_id = aws_security_group.g.id\n  cidr_ip = var.v"), {GROUP: "unknown"}),
        (ingress('group_id = "sg-1"\n  cidr_ip = "0.0.0.0/0"'), {("awscc_ec2_security_group_ingress.r", PORTS): "fail"}),
        ('resource "awscc_s3_bucket_policy" "p" {\n  bucket = aws_s3_bucket.b.id\n  policy_document = "{}"\n}\n', {BUCKET: "unknown"}),
        ('resource "awscc_s3_bucket_policy" "p" {\n  bucket = "data"\n  policy_document = "{}"\n}\n', {BUCKET: "unknown"}),
        ('resource "awscc_s3_bucket_policy" "p" {\n  bucket = "other"\n  policy_document = "{}"\n}\n', {}),
        (
            'resource "awscc_elasticloadbalancingv2_listener_rule" "r" {\n  listener_arn = aws_lb_listener.h.arn\n}\n',
            {LISTENER: "unknown"},
        ),
        (control('"AWS::EC2::SecurityGroupIngress"', "{ GroupId = aws_security_group.g.id }"), {GROUP: "unknown"}),
        (control('"AWS::S3::BucketPolicy"', '{ Bucket = "data" }'), {BUCKET: "unknown"}),
        (control("var.v", '{ Bucket = "data" }'), {BUCKET: "unknown"}),
        (control('"AWS::S3::BucketPolicy"', '{ Bucket = "data-2" }'), {}),
        (control('"AWS::EC2::Instance"', "{ SecurityGroupIds = [aws_security_group.g.id] }"), {}),
        (
            'resource "aws_cloudformation_stack" "s" {\n  name = "s"\n  parameters = { Bucket = aws_s3_bucket.b.id }\n}\n',
            {BUCKET: "unknown"},
        ),
        ('resource "aws_cloudformation_stack" "s" {\n  name = "s"\n  template_body = "Resources: {}"\n}\n', {}),
    ],
)
def test_what_is_made_otherwise(gate: Callable[..., Any], more: str, changed: dict[tuple[str, str], str]) -> None:
    found = gate(MAIN.format(more=more)).outcomes
    assert {key: found.get(key) for key in {**ALONE, **changed}} == {**ALONE, **changed}
