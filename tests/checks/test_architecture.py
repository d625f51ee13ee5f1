"""What every check and every reader must be, so that the next hundred are like the first."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudaudit import plugins
from cloudaudit.policy import Check

ROOT = Path(__file__).resolve().parents[2]
CLAUSES = {
    *(f"ISP-{number:02}" for number in range(33)),
    *(f"TPS-{number:02}" for number in range(1, 20)),
    *(f"MVSP-{chapter}.{item}" for chapter, last in ((1, 8), (2, 8), (3, 5), (4, 4)) for item in range(1, last + 1)),
    "GDPR-5-1-e",
    "GDPR-32",
    "GDPR-44",
}
READERS = {kind: reader for provider in plugins.providers() for kind, reader in plugins.readers(provider).items()}


@pytest.mark.parametrize("check", plugins.checks(), ids=lambda check: check.id)
def test_a_check_is_one_file_of_its_name_in_the_folder_of_its_control(check: Check) -> None:
    package, name = check.module.rsplit(".", 2)[-2:]
    assert name == check.id.replace("-", "_")
    assert check.function.__name__ == name
    assert package == check.control.value
    assert check.clauses
    assert set(check.clauses) <= CLAUSES
    assert not check.title.endswith(".")
    assert len(check.description) > 40
    assert len(check.fix) > 20


@pytest.mark.parametrize("check", plugins.checks(), ids=lambda check: check.id)
def test_a_check_names_no_provider_and_touches_no_file_or_network(check: Check) -> None:
    source = Path(inspect.getfile(check.function)).read_text(encoding="utf-8")
    tree = ast.parse(source)
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= {"cloudaudit.model", "cloudaudit.policy", "bisect", "ipaddress", "collections.abc", "functools", "re", "math"}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"open", "eval", "exec", "print", "__import__"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not {name for name in names if name.startswith(("aws_", "azurerm_", "google_"))}


@pytest.mark.parametrize("kind", READERS)
def test_a_reader_explains_itself_and_gives_a_facet_that_a_check_needs(kind: str) -> None:
    reader = READERS[kind]
    assert inspect.getdoc(reader.read)
    needed = {facet for check in plugins.checks() for facet in check.needs}
    assert set(reader.facets) & needed


def test_two_files_add_a_check_and_a_resource_type_without_a_registry(tmp_path: Path) -> None:
    """A newcomer's distribution: an entry point each, one file for a type, one for a check."""
    write(
        tmp_path / "cloudaudit_hetzner/volume.py",
        '''
from cloudaudit.model import Cipher, Encryption, Record, Related, reader

@reader("hcloud_volume")
def volume(record: Record, _related: Related) -> tuple[Encryption]:
    """A volume says itself whether it is encrypted."""
    return (Encryption(record.flag("encrypted").map(lambda on: Cipher.AES_256 if on else Cipher.NONE)),)
''',
    )
    write(tmp_path / "cloudaudit_hetzner/__init__.py", 'PREFIXES = ("hcloud_",)\n')
    write(tmp_path / "acme_checks/__init__.py", "")
    write(
        tmp_path / "acme_checks/no_plain_data.py",
        '''
from cloudaudit.model import Control, Encryption, Severity, Verdict, failed, judge, passed
from cloudaudit.policy import check

@check("no-plain-data", control=Control.ENCRYPTION_AT_REST, severity=Severity.LOW, clauses=("ISP-06",))
def no_plain_data(encryption: Encryption) -> Verdict:
    """Nothing is stored in the clear.

    Because somebody will find it.

    Fix: encrypt it.
    """
    return judge(encryption.cipher, lambda cipher: failed("plain") if cipher == "none" else passed("encrypted"), "the cipher")
''',
    )
    write(tmp_path / "acme-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    entries = "[cloudaudit.providers]\nhetzner = cloudaudit_hetzner\n[cloudaudit.checks]\nacme = acme_checks\n"
    write(tmp_path / "acme-1.dist-info/entry_points.txt", entries)
    write(tmp_path / "tf/main.tf", 'resource "hcloud_volume" "v" {\n  encrypted = false\n}\n')
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    script = "from cloudaudit.cli import main; main()"
    command = [sys.executable, "-c", script, "gate", "--format", "json", "tf"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert '"no-plain-data"' in done.stdout
    assert '"hcloud_volume.v"' in done.stdout


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
