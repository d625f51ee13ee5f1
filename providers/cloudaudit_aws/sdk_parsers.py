"""What the SDK's parsers make of an answer, where they would decide what it does not say."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def parser_factory() -> Any:
    """The SDK's own parsers, for which whatever is not "true" in XML is false: here only "false" is. Another word stays as it is.

    Source: botocore, parsers.BaseXMLResponseParser.
    """
    from botocore.parsers import BaseXMLResponseParser, ResponseParserFactory

    class Parsers(ResponseParserFactory):  # type: ignore[misc]  # the SDK has no types
        def create_parser(self, protocol_name: str) -> Any:
            parser = super().create_parser(protocol_name)
            if isinstance(parser, BaseXMLResponseParser):
                parser._handle_boolean = _boolean  # noqa: SLF001  (a handler of each kind is looked up by its name)
            return parser

    return Parsers()


def _boolean(_shape: Any, node: Any) -> Any:
    """A boolean, or what stands in its place: an element's text, or those of several."""
    text = [_text(one) for one in node] if isinstance(node, list) else _text(node)
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


def _text(node: Any) -> str:
    return node if isinstance(node, str) else node.text or ""
