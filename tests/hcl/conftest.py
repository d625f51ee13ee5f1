"""A Terraform project in a temporary folder, written as text and read as a collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudaudit.model import Collection, Record, Unknown
from cloudaudit.sources.terraform.hcl import Library, read_root
from cloudaudit.sources.terraform.hcl.bounds import Bounds
from cloudaudit.sources.terraform.inputs import Inputs


def _inputs(variables: Mapping[str, str] | None = None, var_files: Sequence[Path] = (), **others: Any) -> Inputs:
    """Files first, then values: as on a command line that names them in this order."""
    return Inputs(arguments=(*var_files, *(variables or {}).items()), **others)


class Project:
    """Files below one folder. `read` evaluates a root of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: Mapping[str, str | bytes]) -> Project:
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def shown(self, path: Path) -> str:
        real = path.resolve()
        return real.relative_to(self.folder).as_posix() if real.is_relative_to(self.folder) else str(path)

    def read(
        self,
        root: str = ".",
        *,
        wanted: Callable[[str], bool] = lambda _: True,
        bounds: Bounds | None = None,
        **inputs: Any,
    ) -> Collection:
        library = Library(self.folder, self.shown, bounds)
        return read_root(
            self.folder / root,
            boundary=self.folder,
            unit=root,
            shown=self.shown,
            inputs=_inputs(**inputs),
            wanted=wanted,
            library=library,
        )

    def records(self, root: str = ".", **inputs: Any) -> dict[str, Record]:
        return {record.address: record for record in self.read(root, **inputs).records}

    def values(self, text: str, **inputs: Any) -> Mapping[str, Any]:
        """What one resource `x.y` sets, declared among the text."""
        self.write({"main.tf": text})
        return self.records(**inputs)["x.y"].values

    def value(self, expression: str, around: str = "", **inputs: Any) -> Any:
        """What an expression gives as an attribute."""
        return self.values(f'{around}\nresource "x" "y" {{\n  v = {expression}\n}}\n', **inputs)["v"]

    def unknown(self, expression: str, around: str = "", **inputs: Any) -> Unknown[Any]:
        value = self.value(expression, around, **inputs)
        assert isinstance(value, Unknown), value
        return value


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())
