"""A literal that becomes an input leaves each verdict as it is, or makes it UNKNOWN; nothing is lost.

Generated: in each configuration of the rows of review and of the fixtures, one literal at a time gives way to an input that may be what
stood there (literals.py): a variable that is not set, what a resource computes, a choice of which the condition is not known, a text of
which a part is not known. Who knows less cannot say more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random

import msgspec
import pytest

from cloudaudit import plugins
from cloudaudit.cli.assess import assess
from cloudaudit.model import Cipher, Encryption, KeyOwner, KeyState, Known, Outcome, Reader, Record, Related, Unknown, reader
from cloudaudit.policy import Policy
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect
from tests.laws.literals import Files, Variant, configurations, literals, variants
from tests.laws.sampling import seed

POLICY = Policy()
KEY_USABLE = "encryption-key-usable"
HARMLESS = {Outcome.PASS, Outcome.NOT_APPLICABLE}
"""A key that is passed in is judged where it is declared: whichever of them is told of it, nothing bad is lost."""

JUDGED_WITH_ANOTHER = (
    *("aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "azurerm_network_security_rule"),
    "azurerm_postgresql_flexible_server_configuration",
)
"""What is judged alone where its group or server is not certain; else that one fails for it."""


class Breach(msgspec.Struct, frozen=True):
    literal: str
    check: str
    what: str


class Meant(msgspec.Struct, frozen=True):
    """Breaches that are meant, by patterns of what a literal is the value of and of what is told: the exit code may then differ."""

    literal: str
    told: str
    why: str
    within: str = ""  # what the configuration holds

    def covers(self, breach: Breach, files: Files) -> bool:
        if re.search(self.within, "\n".join(files.values())) is None:
            return False
        told = re.search(self.told, f"{breach.check} {breach.what}") is not None
        return told and re.fullmatch(self.literal, breach.literal) is not None


ACCEPTED = (
    Meant("google_sql_database_instance master_instance_name", r'"[\w-]+\$', "open: a beginning of a project is taken for that of a name"),
    Meant(".*kms(_crypto)?_key.*", "encrypted-at-rest .* unknown .* becomes pass", "what is passed in is judged elsewhere"),
    Meant("azurerm_key_vault_key key_vault_id", "unknown .* becomes nothing", "a key lies where its vault does, which is judged elsewhere"),
    Meant("azurerm_network_security_group name", "fail .* becomes pass", "a rule of a group that is not certain fails by itself"),
    Meant(".*key.*|.*(source_resource_id|server_id)", "not_applicable .the key is not declared", "what is passed in is judged elsewhere"),
    Meant(
        "aws region",
        "SM4|does not cover both",
        "where a region is not told, its place is not known: ciphers and partitions are the usual ones",
    ),
    Meant("aws_s3_bucket bucket", r"random_pet.* becomes (fail|pass)", "what is made at random is no name that a policy means"),
    Meant("azurerm_.*|google_.*", "copies-in.* becomes fail", "open: what may be made of another machine or disk is told of each"),
    Meant("google.* (project|restore_backup_context.project)", "copies-in.* becomes fail", "open: a project that is not told is any"),
    Meant(".*", r'copies-in-\S+ "[^"]*\$\{.* not_applicable', "open: an identifier of which the beginning is not told"),
    Meant(
        "azurerm_storage_account name", "may copy it by azapi.* not_applicable", "open: what azapi names by an identifier that is written"
    ),
    Meant(
        "azurerm_network_security_rule network_security_group_name",
        "fail .* is new",
        "a rule of a group that is not certain fails by itself",
    ),
    Meant("aws_kms_alias name", r'"al\w*\$.* not declared', "open: an alias of which not even `alias/` is told"),
    Meant(
        ".*",
        "random_.* unknown .* (may (be|apply)|keeps copies is not read)",
        "what is made at random is no name that is written elsewhere",
    ),
    Meant("azurerm_.* name", "azapi_resource.* is new", "what azapi makes by a name that may be another's is judged by itself too"),
    Meant(".*encrypted", "key-usable .*(no key is in use|not declared here)", "no key, or one that is judged elsewhere: neither is bad"),
    Meant(".*", "the expression is not valid", "what Terraform refuses is never applied"),
    Meant(
        ".*", "sensitive, not read|no key is in use", "a link to what has a sensitive name is told where the name is not", r"\bsensitive\b"
    ),
    Meant("terraform_data input", "fail .* is new", "open: a count by what is ignored is taken as it was at creation"),
    Meant(".*(count|for_each)", "fail .* is new", "what may be there is judged as if it were"),
    Meant(
        ".*(availability_zone|for_each)|aws_region name", "data-in-allowed", "a zone lies in the region of its provider, whichever it is"
    ),
    Meant("azapi_.*", "", "what azapi makes of what is not told is unread, and told as such"),
    Meant("module .*|aws_(s3_bucket|security_group) .*", "module .* is not here", "a module that is not here is a gap by itself"),
    Meant(".*", r"unknown .*( names \d+ resources| compete )", "two of one name cannot be: with another name there is no conflict"),
)
CONFIGURATIONS = configurations()
SLICES = 40
CHOSEN, EACH = 800, 4  # configurations of a sample, and literals of each


class Told(msgspec.Struct, frozen=True):
    """What the gate says of a folder: outcomes and reasons by address and check, and how it ends."""

    outcomes: Mapping[tuple[str, str], Outcome]
    reasons: Mapping[tuple[str, str], str]
    code: int


def told(folder: Path) -> Told:
    found = assess("gate", collect(folder, shown=str, unit_of=str, inputs=Inputs(), wanted=plugins.wanted), plugins.checks(), POLICY)
    named = {(finding.subject.address, finding.check): finding for finding in found.findings}
    return Told(
        {pair: finding.outcome for pair, finding in named.items()},
        {pair: finding.reason for pair, finding in named.items()},
        int(found.exit_code),
    )


def lost(before: Told, after: Told) -> Iterator[tuple[str, str]]:
    """Checks of which another verdict, or none, is told, and what is wrong with that."""
    for pair, outcome in before.outcomes.items():
        now = {after.outcomes[pair]} if pair in after.outcomes else _alike(after, pair) or _by_group(after, pair)
        if not {outcome, Outcome.UNKNOWN} & now and not (pair[1] == KEY_USABLE and outcome in HARMLESS and now <= HARMLESS):
            said = ", ".join(sorted(now)) or "nothing"
            yield pair[1], f"{pair[0]}: {outcome} ({before.reasons[pair]}) becomes {said} ({after.reasons.get(pair, '')})"
    for pair in after.outcomes.keys() - before.outcomes.keys():
        if after.outcomes[pair] is Outcome.FAIL and Outcome.FAIL not in _alike(before, pair) | _by_group(before, pair):
            yield pair[1], f"{pair[0]}: {after.outcomes[pair]} ({after.reasons[pair]}) is new"
    if before.code and not after.code:
        yield "exit", f"{before.code} becomes 0"


def _by_group(there: Told, pair: tuple[str, str]) -> set[Outcome]:
    """The outcomes of a check on all that there is, for a rule that is judged with its group where that is certain."""
    if not any(kind in pair[0] for kind in JUDGED_WITH_ANOTHER):
        return set()
    return {outcome for (_, check), outcome in there.outcomes.items() if check == pair[1]}


def _alike(there: Told, pair: tuple[str, str]) -> set[Outcome]:
    """The outcomes of a check on the instances of one block."""
    return {outcome for (address, check), outcome in there.outcomes.items() if check == pair[1] and _block(address) == _block(pair[0])}


def _block(address: str) -> str:
    return re.sub(r'\[("[^"]*"|[^]]*)]', "", address)


def written(files: Files, folder: Path) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def breaches(files: Files, folder: Path, tried: Iterable[Variant]) -> Iterator[Breach]:
    """What is wrong with variants of a configuration, but for what is meant."""
    before = told(written(files, folder))
    for variant in tried:
        file = folder / variant.literal.file
        file.write_text(variant.text, encoding="utf-8")
        found = [Breach(variant.literal.name, check, f"{variant.put}: {what}") for check, what in lost(before, told(folder))]
        wrong = [breach for breach in found if not any(meant.covers(breach, files) for meant in ACCEPTED)]
        yield from wrong if {breach.check for breach in found} == {"exit"} else (breach for breach in wrong if breach.check != "exit")
        file.write_text(files[variant.literal.file], encoding="utf-8")


def sample(files: Files, chosen: Random) -> Iterator[Variant]:
    found = literals(files)
    for literal in chosen.sample(found, min(EACH, len(found))):
        yield from chosen.sample(list(variants(files, literal)), 1)


def said(found: Iterable[Breach]) -> str:
    return "\n".join(f"{breach.literal}, {breach.check}: {breach.what}" for breach in found)


@pytest.mark.parametrize("part", range(4))
def test_a_literal_that_becomes_an_input_loses_nothing(tmp_path: Path, part: int) -> None:
    chosen = Random(seed())
    for number, files in enumerate(chosen.sample(CONFIGURATIONS, CHOSEN)[part::4]):
        found = list(breaches(files, tmp_path / str(number), sample(files, chosen)))
        assert not found, f"seed {seed()}: {files}\n{said(found)}"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(SLICES))
def test_every_literal_in_every_way(tmp_path: Path, part: int) -> None:
    for number, files in enumerate(CONFIGURATIONS[part::SLICES]):
        tried = (variant for literal in literals(files) for variant in variants(files, literal))
        found = list(breaches(files, tmp_path / str(number), tried))
        assert not found, f"{files}\n{said(found)}"


@reader("aws_ebs_volume")
def takes_what_is_not_told_for_the_best(record: Record, _related: Related) -> tuple[Encryption]:
    """A mutant: a volume of which it is not known whether it is encrypted is."""
    told = record.flag("encrypted")
    on = told.value if isinstance(told, Known) else True
    return (Encryption(Known(Cipher.AES_256 if on else Cipher.NONE), Known(KeyOwner.PROVIDER), Known(KeyState.ENABLED)),)


@reader("aws_ebs_volume")
def is_lost_where_it_is_not_told(record: Record, _related: Related) -> tuple[Encryption | None]:
    """A mutant: a volume of which it is not known whether it is encrypted is not judged."""
    told = record.flag("encrypted")
    cipher = Cipher.AES_256 if told == Known(value=True) else Cipher.NONE
    return (None if isinstance(told, Unknown) else Encryption(Known(cipher), Known(KeyOwner.PROVIDER), Known(KeyState.ENABLED)),)


VOLUME = """
provider "aws" {
  region = "eu-central-1"
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-central-1a"
  size              = 1
  encrypted         = false
}
"""


@pytest.mark.parametrize("mutant", [takes_what_is_not_told_for_the_best, is_lost_where_it_is_not_told], ids=["best", "lost"])
def test_the_law_catches_a_reader_that(mutant: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = plugins.reader_of
    monkeypatch.setattr(plugins, "reader_of", lambda kind: mutant if kind == "aws_ebs_volume" else original(kind))
    files = {"main.tf": VOLUME}
    found = breaches(files, tmp_path, [variant for literal in literals(files) for variant in variants(files, literal)])
    assert {breach.literal for breach in found} == {"aws_ebs_volume encrypted"}
