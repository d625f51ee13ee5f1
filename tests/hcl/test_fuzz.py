"""Whatever the bytes, reading them ends, raises nothing, and accounts for every block."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudaudit.model import Census, Collection
from cloudaudit.sources.terraform.hcl import Library, read_root
from cloudaudit.sources.terraform.hcl.bounds import Bounds
from cloudaudit.sources.terraform.inputs import Inputs

SEED = """
variable "v" {
  type    = map(object({ a = optional(string, "x"), b = list(number) }))
  default = { k = { b = [1, 2] } }
}
locals {
  l = { for k, v in var.v : "${k}-x" => merge(v, { n = length(v.b) }) if v.a != "" }
  t = <<-EOT
    %{ for k in keys(local.l) ~}
    - ${upper(k)} ${true ? 1 : 2}
    %{ endfor ~}
  EOT
}
module "m" {
  source   = "./m"
  for_each = var.v
  in       = each.value.b[*]
}
resource "aws_s3_bucket" "b" {
  count  = length(local.l) > 0 ? 2 : 0
  bucket = format("b-%03d", count.index)
  policy = jsonencode({ a = aws_s3_bucket.b[0].arn, b = [1.5e3, null, !false, -1 % 2] })
  dynamic "rule" {
    for_each = toset(["a", "b"])
    iterator = it
    content {
      id = try(it.value, can(regex("^a+$", it.key)), "none")
    }
  }
  lifecycle { ignore_changes = [tags] }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = aws_s3_bucket.b.*.arn
  }
}
"""
MODULE = 'variable "in" {}\nresource "x" "y" {\n  a = var.in\n  b = templatefile("${path.module}/main.tf", {})\n}\n'
FRAGMENTS = ["${", "%{", "}", "{", "[", "]", "(", ")", '"', "<<EOT\n", "EOT\n", "~", "...", "for", "if", "=>", "=", ".", "*", "\\", "\n"]
FRAGMENTS += ["count", "for_each", "each.value", "local.l", "var.v", "null", "dynamic", "0x", "1e9", "#", "/*", "\x00", "\ud7ff", "💥"]


def read(files: dict[str, bytes]) -> Collection:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        library = Library(folder, lambda path: path.name, Bounds(seconds=5))
        return read_root(
            folder,
            boundary=folder,
            unit="u",
            shown=lambda path: path.name,
            inputs=Inputs(),
            wanted=lambda kind: kind != "unread",
            library=library,
        )


def check(collection: Collection) -> None:
    census: Census = collection.census
    assert census.declared == census.evaluated + census.unknown + census.absent + census.unread
    for record in collection.records:
        assert record.address
        for path in record.origins:
            record.origin_of(path)
    assert all(gap.what for gap in collection.gaps)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """The text with some pieces cut out, doubled, moved or replaced."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        piece = draw(st.sampled_from(FRAGMENTS) | st.text(max_size=5) | st.just(text[start:end] * 2))
        text = text[:start] + piece + text[end:]
    return text


pytestmark = pytest.mark.filterwarnings("ignore:The recursion limit will not be reset")
OPTIONS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@OPTIONS
@given(mutated(SEED))
def test_mutated_configuration(text: str) -> None:
    check(read({"main.tf": text.encode(errors="replace"), "m/main.tf": MODULE.encode()}))


@OPTIONS
@given(mutated(MODULE), mutated('v = { k = { a = "b", b = ["1"] } }\n'))
def test_mutated_modules_and_values(module: str, values: str) -> None:
    files = {"main.tf": SEED, "m/main.tf": module, "terraform.tfvars": values}
    check(read({name: text.encode(errors="replace") for name, text in files.items()}))


@OPTIONS
@given(st.binary(max_size=300))
def test_random_bytes(content: bytes) -> None:
    check(read({"main.tf": content, "x.tf.json": content, "terraform.tfvars": content, ".terraform/modules/modules.json": content}))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["${var.v}", "${", "$${x}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["resource", "x", "y", "count", "for_each", "dynamic", "content", "module", "source", "variable"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@OPTIONS
@given(JSON)
def test_random_json_configuration(document: object) -> None:
    check(read({"main.tf.json": json.dumps(document).encode(), "m/main.tf": MODULE.encode()}))


@OPTIONS
@given(
    st.lists(
        st.sampled_from([*FRAGMENTS, "a", "1", ", ", " ? ", " : ", "upper(", "jsonencode(", "x.y.z", "[*]", " && ", "!"]), max_size=25
    ).map("".join)
)
def test_random_expressions(expression: str) -> None:
    check(read({"main.tf": f'resource "x" "y" {{\n  v = {expression}\n}}\n'.encode(errors="replace")}))
