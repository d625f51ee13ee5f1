"""The values of a root's variables, from the places that Terraform looks in, later ones winning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Never

from cloudaudit.model import Origin, Unknown, Why
from cloudaudit.sources.terraform.document import digest
from cloudaudit.sources.terraform.hcl import nodes
from cloudaudit.sources.terraform.hcl.bounds import Budget, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.evaluate import attempt
from cloudaudit.sources.terraform.hcl.files import Library, is_terraform
from cloudaudit.sources.terraform.hcl.jsonsyntax import plain, read_json
from cloudaudit.sources.terraform.hcl.nodes import FileError
from cloudaudit.sources.terraform.hcl.run import Run
from cloudaudit.sources.terraform.hcl.scope import Scope, Undeclared
from cloudaudit.sources.terraform.hcl.syntax import parse_expression, parse_file
from cloudaudit.sources.terraform.hcl.types import is_literal_type
from cloudaudit.sources.terraform.hcl.values import normal
from cloudaudit.sources.terraform.inputs import ENVIRONMENT, Inputs, Variant

_OF_VALUES = (".tfvars", ".tfvars.json")


class Constants(Undeclared):
    """Where a given value is evaluated: Terraform takes constants there alone. What else stands there may be a secret: it is not quoted."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def resolve(self, _node: nodes.Traversal) -> Never:
        raise EvaluationError("a given value names something, and only constants are allowed")

    def call(self, _node: nodes.Call, _scope: Scope) -> Never:
        raise EvaluationError("a given value calls a function, and only constants are allowed")


def gather_values(run: Run, definition: Definition, inputs: Inputs) -> dict[str, Any]:
    """The values that are given, by name; files that could not be read become gaps."""
    values: dict[str, Any] = {}
    for name, text in inputs.environment.items():
        if name.startswith(ENVIRONMENT) and name.removeprefix(ENVIRONMENT) in definition.variables:
            variable = name.removeprefix(ENVIRONMENT)
            values[variable] = _from_text(run, definition, variable, text)
            run.of_caller.add(variable)
    loaded = _found_files(run.root)
    for path in loaded:
        found = _from_file(run, definition, path, by_caller=False)
        values.update(found)
        run.of_caller |= found.keys() if not run.library.is_applied(path.resolve()) else set()
    run.loaded = (*loaded, *(one for one in inputs.arguments if isinstance(one, Path)))
    for argument in inputs.arguments:
        if isinstance(argument, Path):
            found = _from_file(run, definition, argument, by_caller=True)
            run.passed.update(dict.fromkeys(found, Origin(run.library.shown(argument))))
            run.of_caller |= found.keys() if not argument.resolve().is_relative_to(run.library.boundary) else set()
            values.update(found)
        else:
            name, text = argument
            values[name] = _from_text(run, definition, name, text)
            run.of_caller.add(name)
    return {**values, **inputs.given}


def _found_files(root: Path) -> list[Path]:
    try:
        names = {path.name for path in root.iterdir()}
    except OSError:
        return []
    fixed = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in names]
    automatic = sorted(name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json")))
    return [root / name for name in (*fixed, *automatic)]


def set_aside(root: Path, library: Library, inputs: Inputs) -> list[Path]:
    """The files of values at a root, or in a folder of its own for them, with which nothing is judged: Terraform has to be told of them."""
    if inputs.variants or any(isinstance(argument, Path) for argument in inputs.arguments):
        return []
    loaded = {path.name for path in _found_files(root)}
    below = [folder for folder in _listed(root) if not folder.name.startswith(".") and folder.is_dir() and library.inside(folder)]
    own = [folder for folder in below if not any(is_terraform(path.name) for path in _listed(folder))]
    files = [path for folder in (root, *own) for path in _listed(folder) if path.name.endswith(_OF_VALUES)]
    return [path for path in files if path.parent != root or path.name not in loaded]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def matching(root: Path, variants: Sequence[Variant]) -> list[Path]:
    """The files of values that stand for environments of a root, in order."""
    found: dict[Path, None] = {}
    for variant in variants:
        found |= dict.fromkeys(sorted(root.glob(variant.glob)) or sorted(variant.top.glob(variant.glob)))
    return [path for path in found if path.name.endswith(_OF_VALUES)]


def _from_text(run: Run, definition: Definition, name: str, text: str) -> Any:
    block = definition.variables.get(name)
    constraint = block.body.attributes.get("type") if block else None
    if is_literal_type(constraint.expression if constraint else None):
        return normal(text)
    try:
        return attempt(parse_expression(text, run.library.bounds.nesting), Scope(Constants(run.budget)))
    except FileError:
        return Unknown(Why.UNRESOLVED, f"the value given for var.{name} does not parse", references=(f"var.{name}",))


def _from_file(run: Run, definition: Definition, path: Path, *, by_caller: bool) -> dict[str, Any]:
    """The values that a file sets. One that the caller names may lie elsewhere. One that cannot be read may set every variable."""
    name = run.library.shown(path)
    try:
        return _read_file(run, path, name, by_caller=by_caller)
    except FileError as error:
        what, origin = f"{name} {error.reason}", Origin(name, error.line)
        content = "" if by_caller else digest(path, run.library.boundary)  # the caller's own may be short, and all of it a secret
        run.gap(Why.FAILED, what, origin, remedy="until it is read, no variable is known that it may set", content=content)
        return {
            variable: Unknown(Why.FAILED, f"{what}: it may set var.{variable}", origin, references=(f"var.{variable}",))
            for variable in definition.variables
        }


def _read_file(run: Run, path: Path, name: str, *, by_caller: bool) -> dict[str, Any]:
    library = run.library
    text = library.text(path, library.bounds.hcl_bytes, by_caller=by_caller)
    if path.suffix == ".json":
        values = plain(read_json(text, library.bounds.nesting))
        if isinstance(values, dict):
            return values
        raise FileError("is not an object")
    body = parse_file(text.encode(), name, library.bounds.nesting)
    if body.blocks:
        raise FileError("has a block, where only values are allowed", body.blocks[0].line)
    scope = Scope(Constants(run.budget))
    return {key: attempt(attribute.expression, scope) for key, attribute in body.attributes.items()}
