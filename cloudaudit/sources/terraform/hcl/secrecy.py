"""What a root says of secrets, before the change that is judged and after it: no change takes a mark away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cloudaudit.model import Secrecy
from cloudaudit.model.names import block_of
from cloudaudit.sources.terraform.hcl.bounds import BoundError, EvaluationError
from cloudaudit.sources.terraform.hcl.definitions import Definition
from cloudaudit.sources.terraform.hcl.modules import Module
from cloudaudit.sources.terraform.hcl.run import Kept, Run
from cloudaudit.sources.terraform.hcl.sensitive import is_sensitive
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.redaction import Secrets


def kept(inputs: Inputs, unit: str, definition: Definition) -> Kept:
    """What counts of what stood there before the change."""
    own = {f"var.{name}" for name in definition.variables if inputs.is_secret(unit, name)}
    before = inputs.before.values() if inputs.before is not None else ()
    texts = frozenset(text for one in before for text in one.texts)
    freed = frozenset(text for one in before for text in one.freed)
    return Kept(frozenset({*own, *inputs.was_secret(unit)}), texts, freed, inputs.before is not None, Secrets(texts))


def secrecy_of(modules: Sequence[Module], run: Run) -> Secrecy:
    """What a root says of secrets, with the texts of all that it marks."""
    marks: dict[str, bool] = {}
    for module in modules:
        inputs = (("var", name, block, module.variable) for name, block in module.definition.variables.items())
        outputs = (("output", name, block, module.output) for name, block in module.definition.outputs.items())
        for room, name, block, value in (*inputs, *outputs):
            address = block_of(module.absolute(f"{room}.{name}"))
            marks[address] = is_sensitive(block, module.scope) or marks.get(address, False)
            if marks[address]:
                with suppress(EvaluationError, BoundError):
                    value(name)
    return Secrecy(marks, frozenset(run.budget.secrets), frozenset(run.freed))
