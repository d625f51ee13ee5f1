"""Meta-arguments: what each means for an audit, and which attributes `lifecycle.ignore_changes` leaves to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cloudaudit.model import IgnoredPath
from cloudaudit.sources.terraform.hcl import nodes

META_ARGUMENTS: Mapping[str, str] = {
    "count": "how many instances there are",
    "for_each": "which instances there are",
    "provider": "the configuration that manages it: its account and region",
    "depends_on": "the order of work: it changes no value",
    "lifecycle": "ignore_changes: see `ignored`; the rest changes no value",
    "provisioner": "commands at creation: they run outside what Terraform records",
    "connection": "how provisioners reach it: it changes no value",
}
"""Source: Terraform language, meta-arguments."""

LIFECYCLE = frozenset(
    {
        "ignore_changes",
        "create_before_destroy",
        "prevent_destroy",
        "replace_triggered_by",
        "precondition",
        "postcondition",
        "action_trigger",
    }
)
"""What a `lifecycle` block may hold. OpenTofu adds `enabled` and `destroy`. Source: Terraform language, lifecycle."""


def ignored(block: nodes.Block) -> tuple[IgnoredPath, ...]:
    """The attributes that Terraform leaves as they are once the resource is made; `("*",)` is every one of them."""
    return tuple(path for inner in block.body.blocks if inner.type == "lifecycle" for path in _paths(inner.body.attributes))


def unknown_arguments(block: nodes.Block) -> Iterator[tuple[str, int | None]]:
    """What a `lifecycle` block holds that has no meaning stated here, with its line."""
    for inner in block.body.blocks:
        if inner.type == "lifecycle":
            known = inner.body
            yield from ((name, attribute.line) for name, attribute in known.attributes.items() if name not in LIFECYCLE)
            yield from ((nested.type, nested.line) for nested in known.blocks if nested.type not in LIFECYCLE)


def _paths(attributes: Mapping[str, nodes.Attribute]) -> Iterator[IgnoredPath]:
    attribute = attributes.get("ignore_changes")
    expression = attribute.expression if attribute else None
    if expression is None:
        return
    for item in expression.items if isinstance(expression, nodes.Tuple) else (expression,):
        path = _path(item)
        # What cannot be followed may be anything: Terraform refuses it, or it is of a form that is not known yet.
        yield path if path is not None and path != ("all",) else ("*",)


def _path(node: nodes.Node) -> IgnoredPath | None:
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):  # of a `.tf.json` file
        return None if "[" in node.value else tuple(node.value.split("."))
    if not isinstance(node, nodes.Traversal):
        return None
    steps: list[str | int] = [node.root]
    for step in node.steps:
        key = step.key if isinstance(step, nodes.Index) else None
        if isinstance(step, str):
            steps.append(step)
        elif isinstance(key, nodes.Literal) and isinstance(key.value, str | int) and not isinstance(key.value, bool):
            steps.append(key.value)
        else:
            return tuple(steps)
    return tuple(steps)
