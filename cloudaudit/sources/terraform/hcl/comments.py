"""Comments that speak to cloudaudit (`# cloudaudit:waive …`), and the resource block that each is about.

They are taken from the syntax tree: the same text in a string or a heredoc is none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

import tree_sitter
import tree_sitter_hcl

from cloudaudit.model import Comment, Origin
from cloudaudit.sources.terraform.hcl.nodes import FileError

_MARK = b"cloudaudit:"
_OPENING = re.compile(r"(?:#+|//+|/\*+)\s*(?=cloudaudit:)")
_MOST = 1_000  # of a file


@cache
def _query() -> tree_sitter.Query:
    return tree_sitter.Query(tree_sitter.Language(tree_sitter_hcl.language()), "(comment) @comment")


def comments_of(root: tree_sitter.Node, source: bytes, file: str) -> tuple[Comment, ...]:
    """The comments of a file that begin with `cloudaudit:`, in order. Raises FileError if there are too many."""
    if _MARK not in source:
        return ()
    blocks = [block for body in root.named_children if body.type == "body" for block in body.named_children if block.type == "block"]
    starts = [block.start_byte for block in blocks]
    found: list[Comment] = []
    first = last = -1  # rows of the run of comments without a line between them, as far as it is known from its end
    comments = tree_sitter.QueryCursor(_query()).captures(root).get("comment", [])
    for node in sorted(comments, key=lambda node: node.start_byte, reverse=True):
        begin, end = node.start_point.row, node.end_point.row
        last = last if 0 <= first - end <= 1 else end
        first = begin
        text = _directive(source[node.start_byte : node.end_byte].decode())
        if text is None:
            continue
        if len(found) == _MOST:
            raise FileError(f"has more than {_MOST:,} comments to cloudaudit", begin + 1)
        block = _block_of(node, last, blocks, starts)
        found.append(Comment(text, Origin(file, begin + 1), Origin(file, block.start_point.row + 1) if block else None))
    return tuple(reversed(found))


def _directive(text: str) -> str | None:
    opening = _OPENING.match(text)
    if opening is None:
        return None
    said = text[opening.end() :]
    return (said.removesuffix("*/") if text.startswith("/*") else said).strip()


def _block_of(node: tree_sitter.Node, last: int, blocks: list[tree_sitter.Node], starts: list[int]) -> tree_sitter.Node | None:
    """The resource block around a comment, before it on its line, or directly below its run of comments."""
    index = bisect_right(starts, node.start_byte)
    before = blocks[index - 1] if index else None
    if before is not None and (node.start_byte < before.end_byte or node.start_point.row == before.end_point.row):
        return before if _is_resource(before) else None
    after = blocks[index] if index < len(blocks) else None
    return after if after is not None and after.start_point.row <= last + 1 and _is_resource(after) else None


def _is_resource(block: tree_sitter.Node) -> bool:
    kind = block.named_children[0].text
    return kind == b"resource"
