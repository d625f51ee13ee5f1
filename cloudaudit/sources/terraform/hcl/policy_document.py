"""`aws_iam_policy_document`: its `json` follows from the configuration alone, as the AWS provider writes it.

Source: hashicorp/terraform-provider-aws, internal/service/iam/policy_document_data_source.go and policy_model.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cloudaudit.model import Unknown, Why, holds_placeholder, literal
from cloudaudit.model.partial import NAMELESS, nameless
from cloudaudit.sources.terraform.hcl.bounds import Budget
from cloudaudit.sources.terraform.hcl.functions.encoding import GO_ESCAPES
from cloudaudit.sources.terraform.hcl.open import OpenCollection
from cloudaudit.sources.terraform.hcl.resources import DATA_ATTRIBUTES, Instance
from cloudaudit.sources.terraform.hcl.values import blend, is_unknown, to_text, unknown_of

_LISTS = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)
_ORDER = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
_UNTOLD = dict.fromkeys(("Sid", "Effect", "Action", "Resource", "Principal", "Condition"), NAMELESS)
"""A statement of which nothing is known."""

_VARIABLES = frozenset({"Resource", "NotResource"})  # where `&{` stands for `${`


class _ShapelessError(Exception):
    """Not even the shape of the document is known."""

    def __init__(self, reason: Unknown[Any]) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class _Document:
    """A document in the making; unknown leaves stand as placeholders."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.unknowns: list[Unknown[Any]] = []
        self.version = ""
        self.id = ""
        self.statements: list[dict[str, Any]] = []

    def text(self, value: Any) -> str:
        """The value, or its placeholder: nothing but a text can stand there."""
        if not is_unknown(value):
            return "" if value is None else literal(to_text(value))
        unknown = unknown_of(value)
        self.unknowns.append(unknown)
        return NAMELESS if unknown.partial is None else unknown.partial

    def items(self, value: Any) -> list[Any]:
        """The elements of a list of blocks. Raises _ShapelessError."""
        if is_unknown(value):
            raise _ShapelessError(unknown_of(value))
        if isinstance(value, Mapping):
            return [value]
        return list(value) if isinstance(value, list) else []

    def part(self, value: Any, make: Callable[[list[Any]], Any]) -> Any:
        """What is made of blocks, or what stands for it where not even their number is known."""
        if is_unknown(value):
            self.unknowns.append(unknown_of(value))
            return NAMELESS
        return make(self.items(value))

    def strings(self, value: Any, *, variables: bool) -> list[str]:
        elements = [value] if is_unknown(value) else value if isinstance(value, list) else []
        self.budget.spend(len(elements))
        texts = [self.text(element) for element in elements]
        return [text.replace("&{", "${") for text in texts] if variables else texts

    def merge(self, version: str, identity: str, statements: list[dict[str, Any]]) -> None:
        """Take a document in: a statement replaces the one with its Sid, the newer version wins.

        A Sid of which a part is unknown may be that of any other: what is left of both documents cannot be told.
        """
        if self.statements and any(holds_placeholder(str(item.get("Sid", ""))) for item in (*self.statements, *statements)):
            raise _ShapelessError(self.unknowns[0] if self.unknowns else Unknown(Why.UNRESOLVED, "the Sid of a statement is not known"))
        self.version = max(self.version, version)
        self.id = identity or self.id
        for statement in statements:
            places = [
                place for place, former in enumerate(self.statements) if statement.get("Sid") and former.get("Sid") == statement["Sid"]
            ]
            if places:
                self.statements[places[0]] = statement
            else:
                self.statements.append(statement)

    def take_documents(self, documents: Any) -> None:
        for document in self.items(documents):
            if document is None or document == "":
                continue
            if is_unknown(document) and nameless(unknown_of(document).partial or NAMELESS) == NAMELESS:
                raise _ShapelessError(unknown_of(document))
            text = self.text(document)
            try:
                parsed = json.loads(text)
            except (ValueError, RecursionError):
                parsed = None
            if not isinstance(parsed, dict):
                raise _ShapelessError(Unknown(Why.UNRESOLVED, "a policy document to merge is not JSON"))
            listed = parsed.get("Statement", [])
            statements = listed if isinstance(listed, list) else [listed]
            statements = [_UNTOLD if isinstance(item, str) and nameless(item) == NAMELESS else item for item in statements]
            if not all(isinstance(item, dict) for item in statements):
                raise _ShapelessError(Unknown(Why.UNRESOLVED, "a statement to merge is no object"))
            self.merge(str(parsed.get("Version", "")), str(parsed.get("Id", "")), [_ordered(item) for item in statements])

    def statement(self, block: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"Sid": self.text(block.get("sid")), "Effect": self.text(block.get("effect")) or "Allow"}
        for name, key in _LISTS:
            texts = self.strings(block.get(name), variables=key in _VARIABLES)
            if texts:
                result[key] = _one_or_sorted(texts)
        for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            principals = self.part(block.get(name), self.principals)
            if principals:
                result[key] = principals
        conditions = self.part(block.get("condition"), self.conditions)
        if conditions:
            result["Condition"] = conditions
        return {key: value for key, value in result.items() if value}

    def listed(self, value: Any) -> list[dict[str, Any]]:
        """The statements of blocks, and one that stands for any number of others where there may be some."""
        if not is_unknown(value):
            return [self.statement(block) for block in self.items(value) if isinstance(block, Mapping)]
        self.unknowns.append(unknown_of(value))
        return [*(self.listed(list(value.members)) if isinstance(value, OpenCollection) else ()), _UNTOLD]

    def principals(self, blocks: list[Any]) -> Any:
        result: dict[str, Any] = {}
        for block in blocks:
            kind = self.text(block.get("type"))
            texts = self.strings(block.get("identifiers"), variables=True)
            former = result.get(kind, [])
            result[kind] = [*([former] if isinstance(former, str) else former), *sorted(texts, reverse=True)]
        merged = {kind: texts[0] if len(texts) == 1 else texts for kind, texts in sorted(result.items())}
        return "*" if merged == {"*": "*"} else merged

    def conditions(self, blocks: list[Any]) -> dict[str, dict[str, Any]]:
        result: dict[str, dict[str, list[str]]] = {}
        for block in blocks:
            values = self.strings(block.get("values"), variables=True)
            result.setdefault(self.text(block.get("test")), {}).setdefault(self.text(block.get("variable")), []).extend(values)
        return {
            test: {variable: values[0] if len(values) == 1 else values for variable, values in sorted(variables.items())}
            for test, variables in sorted(result.items())
        }

    def written(self, *, minified: bool) -> Any:
        document = {"Version": self.version, "Id": self.id, "Statement": self.statements}
        shown = {key: value for key, value in document.items() if value}
        text = json.dumps(shown, ensure_ascii=False, indent=None if minified else 2, separators=(",", ":") if minified else None)
        text = text.translate(GO_ESCAPES)
        self.budget.measure(len(text))
        return blend(self.unknowns, partial=text) if self.unknowns else text


def _one_or_sorted(texts: list[str]) -> Any:
    distinct = sorted(set(texts), reverse=True)
    return distinct[0] if len(distinct) == 1 else distinct


def _ordered(statement: dict[str, Any]) -> dict[str, Any]:
    return {key: statement[key] for key in _ORDER if key in statement}


def _renderer(*, minified: bool) -> Callable[[Instance], Any]:
    def render(instance: Instance) -> Any:
        document = _Document(instance.scope.budget)
        try:
            document.take_documents([instance.declared("source_json", None)])  # until provider 5.0, as `override_json`
            document.take_documents(instance.declared("source_policy_documents", None))
            statements = document.listed(instance.declared("statement", None))
            version = document.text(instance.declared("version", None)) or "2012-10-17"
            document.merge(version, document.text(instance.declared("policy_id", None)), statements)
            document.take_documents(instance.declared("override_policy_documents", None))
            document.take_documents([instance.declared("override_json", None)])
            return document.written(minified=minified)
        except _ShapelessError as error:
            return blend([error.reason])

    return render


DATA_ATTRIBUTES["aws_iam_policy_document", "json"] = _renderer(minified=False)
DATA_ATTRIBUTES["aws_iam_policy_document", "minified_json"] = _renderer(minified=True)
