"""Which folders are roots, and what of `moved` blocks and module copies is seen from them."""

from __future__ import annotations

from typing import Any

import pytest

from cloudaudit.sources.terraform.hcl import find_roots

EMPTY = 'resource "x" "y" {}\n'


def call(*sources: str) -> str:
    return "".join(f'module "m{place}" {{\n  source = "{source}"\n}}\n' for place, source in enumerate(sources))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.tf": EMPTY}, ["."]),
        ({"main.tf": call("./m"), "m/main.tf": EMPTY}, ["."]),
        ({"a/main.tf": call("../m"), "b/main.tf": call("../m/"), "m/x.tf": EMPTY, "unused/x.tf": EMPTY}, ["a", "b", "unused"]),
        ({"main.tf": EMPTY, "examples/one/main.tf": call("../../")}, ["examples/one"]),
        ({"a/main.tf": call("../b"), "b/main.tf": call("../a")}, ["a", "b"]),
        ({"a/main.tf": call("../b"), "b/main.tf": call("../a"), "c/main.tf": EMPTY}, ["a", "b", "c"]),
        ({"main.tf": call("./")}, ["."]),
        ({"main.tf.json": '{"module": {"m": {"source": "./m"}}}', "m/main.tf.json": "{}"}, ["."]),
        ({"main.tf": "# " + call("./m").replace("\n", "\n# ") + "\n", "m/main.tf": EMPTY}, [".", "m"]),
        ({"main.tf": "/*\n" + call("./m") + "*/\n", "m/main.tf": EMPTY}, [".", "m"]),
        ({"main.tf": 'resource "x" "y" {\n  source = "./m"\n}\n', "m/main.tf": EMPTY}, [".", "m"]),
        ({"main.tf": call("./m") + "broken {", "m/main.tf": EMPTY}, [".", "m"]),
        ({".terraform/modules/m/main.tf": EMPTY, "node_modules/x/main.tf": EMPTY, ".git/x.tf": EMPTY}, []),
        ({"readme.md": "x", "a.tfvars": "x = 1"}, []),
        ({"main.tf": call("registry/x/aws", "git::https://example.com/x")}, ["."]),
    ],
)
def test_roots(project: Any, files: dict[str, str], expected: list[str]) -> None:
    project.write(files)
    assert [path.relative_to(project.folder).as_posix() for path in find_roots(project.folder)] == expected


def test_moved_blocks_give_pairs_of_absolute_addresses(project: Any) -> None:
    project.write(
        {
            "main.tf": """
moved {
  from = x.old
  to   = x.new["a"]
}
module "m" {
  count  = 2
  source = "./m"
}
""",
            "m/main.tf": "moved {\n  from = x.a[0]\n  to   = module.n.x.b\n}\n",
        }
    )
    assert project.read().moved == (
        ("x.old", 'x.new["a"]'),
        ("module.m[0].x.a[0]", "module.m[0].module.n.x.b"),
        ("module.m[1].x.a[0]", "module.m[1].module.n.x.b"),
    )


def test_types_that_nobody_reads_are_named(project: Any) -> None:
    project.write({"main.tf": EMPTY + 'resource "b" "x" { count = 3 }\nresource "b" "y" {}\nresource "a" "y" {}\n'})
    collection = project.read(wanted=lambda kind: kind == "x")
    assert collection.unread == {"a": 1, "b": 2}
