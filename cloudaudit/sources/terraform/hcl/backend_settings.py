"""Files that `terraform init -backend-config` may be given: which one it is, or how it is called, the repository does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cloudaudit.opener import UnreadableError, content
from cloudaudit.sources.terraform.hcl.files import Library

_BELOW = ("", "*/", "*/*/")
_NAMED = ("*.tfbackend", "*backend*.hcl", "*backend*.conf*")
_BYTES = 4_000
_FILES = 1_000
_SET = re.compile(r"\s*(?:(?:#|//).*|(\w+)\s*=\s*\S.*)?")
_ARGUMENTS = frozenset(
    {
        "access_key",
        "address",
        "assume_role",
        "bucket",
        "client_id",
        "conn_str",
        "container_name",
        "credentials",
        "dynamodb_table",
        "encrypt",
    }
    | {"encryption_key", "endpoint", "environment", "external_id", "hostname", "impersonate_service_account", "key", "kms_encryption_key"}
    | {
        "kms_key_id",
        "lock_address",
        "lock_method",
        "organization",
        "password",
        "path",
        "prefix",
        "profile",
        "region",
        "resource_group_name",
    }
    | {"role_arn", "sas_token", "schema_name", "secret_key", "secret_suffix", "session_name", "snapshot", "storage_account_name"}
    | {
        "subscription_id",
        "tenant_id",
        "token",
        "unlock_address",
        "unlock_method",
        "use_azuread_auth",
        "use_lockfile",
        "use_msi",
        "use_oidc",
    }
    | {"username", "workspace_dir", "workspace_key_prefix"}
)
"""The arguments of backends that are told in one line. Source: Terraform's documentation of backends, 1.11."""


def files_of_settings(root: Path, library: Library) -> list[Path]:
    """What is called as such files are, and what says nothing but arguments of backends, in a root and two folders below."""
    named = {path for below in _BELOW for name in _NAMED for path in root.glob(below + name)}
    others = (path for below in _BELOW for path in root.glob(f"{below}*") if path not in named)
    found = [*named, *(path for path in islice(others, _FILES) if _says_settings(path, library))]
    return sorted(path for path in found if library.is_applied(path.resolve()))


def _says_settings(path: Path, library: Library) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _BYTES:
            return False
        lines = content(path, _BYTES, within=library.boundary).decode().splitlines()
    except (OSError, UnreadableError, UnicodeDecodeError):
        return False
    names = list(_names(lines))
    return bool(names) and _ARGUMENTS.issuperset(names)


def _names(lines: list[str]) -> Iterator[str]:
    """What lines set; the line itself, if it is another one."""
    for line in lines:
        found = _SET.fullmatch(line)
        if found is None or found[1]:
            yield found[1] if found else line
