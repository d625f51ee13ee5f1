"""Waiver: a breach that somebody answers for, up to a day. It covers what it names, and never more than the policy allows."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase, translate

import msgspec

from cloudaudit.model import Acceptance, Extent, Finding, Gap, Origin, Severity, Why
from cloudaudit.policy.schema import WaiverPolicy

_WILDCARDS = re.compile(r"[*?]")
_INSTANCE_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^"\]]*)\]')
_NAME = re.compile(r"[^./:]*$")


class Waiver(msgspec.Struct, frozen=True):
    """What a finding must agree with to be covered: everything that is set here.

    In `check` and `resource` (an address or an id) `*` stands for any text and `?` for any character; nothing else is special.
    """

    owner: str
    ticket: str
    expires: date  # the last day on which it counts
    reason: str
    origin: Origin
    in_repository: bool  # it lies in what is audited
    check: str | None = None
    resource: str | None = None
    fingerprint: str | None = None
    unit: str | None = None
    accept_unknown: bool = False
    extent: Extent | None = None  # how far a breach may reach to be covered
    block: Origin | None = None  # the resource block that it is a comment of
    subject: str = ""  # that block's type and name
    tree: str | None = None  # the absolute folder that its findings lie in: a repository speaks for itself alone

    @property
    def acceptance(self) -> Acceptance:
        """What a finding that it covers says of it."""
        return Acceptance(self.owner, self.ticket, self.expires, self.reason, self.origin)

    @property
    def title(self) -> str:
        """`the waiver of data-encrypted-at-rest for aws_ebs_volume.v`."""
        if self.check is None:
            return f"the waiver of finding {self.fingerprint}"
        where = self.resource or (f"finding {self.fingerprint}" if self.fingerprint else f"the block at {self.block}")
        return f"the waiver of {self.check} for {where}"

    @property
    def said(self) -> str:
        """Whose word it is, until when and why."""
        return f"until {self.expires} by {self.owner} ({self.ticket}): {self.reason}"

    @property
    def aim(self) -> tuple[str | None, ...]:
        """What it is about, wherever it stands: for a comment its check and the block, by its name and folder."""
        if self.block is None:
            return self.check, self.resource, self.fingerprint, self.unit, self.tree
        return self.check, posixpath.dirname(self.block.file or ""), self.subject

    @property
    def identity(self) -> tuple[object, ...]:
        """What it says and of what, not the line where."""
        return msgspec.structs.replace(self, origin=Origin(), block=None), self.aim

    def agrees(self, finding: Finding, folder: str) -> bool:
        """Whether it names the finding, its check and resource aside. `folder` is the one that relative file names begin from."""
        if self.fingerprint not in {None, finding.fingerprint} or self.unit not in {None, finding.subject.unit}:
            return False
        if self.tree is None:
            return True
        file = finding.origin.file
        return file is not None and _lies_in(posixpath.normpath(posixpath.join(folder, file)), self.tree)


def _lies_in(file: str, tree: str) -> bool:
    return file == tree or file.startswith(f"{tree.rstrip('/')}/")


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern stands for more than itself."""
    return _WILDCARDS.search(pattern) is not None


def matcher(pattern: str) -> Callable[[str], object]:
    """Whether a text matches a pattern, in time that does not explode: brackets are text, since instance keys hold them."""
    return re.compile(translate(pattern.replace("[", "[[]"))).match


def checks_named(waiver: Waiver, severities: Mapping[str, Severity], found: Mapping[str, str]) -> set[str]:
    """The checks that a waiver is about. `found` says which check each fingerprint of the run belongs to."""
    if waiver.check is not None:
        agrees = matcher(waiver.check)
        return {check for check in severities if agrees(check)}
    check = found.get(waiver.fingerprint or "")
    return {check} if check is not None else set()


def objection(waiver: Waiver, checks: set[str], severities: Mapping[str, Severity], rules: WaiverPolicy, today: date) -> Gap | None:
    """Why a waiver does not count at all, if that is so. `severities` holds every known check, `checks` those it is about."""
    if waiver.in_repository and rules.in_repository == "never":
        what = f"{waiver.title} is not honoured: the policy does not allow waivers of the audited repository"
        return problem(what, waiver.origin, "fix the finding, or pass the waiver from outside the repository with --waivers FILE")
    said = _too_broad(waiver, checks, severities) or _forbidden(checks, severities, rules) or _out_of_time(waiver, rules, today)
    if said is None:
        return None
    reason, remedy = said
    return problem(f"{waiver.title} does not count: {reason}", waiver.origin, remedy, waiver.unit)


def problem(what: str, origin: Origin, remedy: str, unit: str | None = None) -> Gap:
    """What is wrong with a waiver, as every report shows it."""
    return Gap(Why.UNSUPPORTED, what, origin, remedy, unit or "")


def _too_broad(waiver: Waiver, checks: set[str], severities: Mapping[str, Severity]) -> tuple[str, str] | None:
    if waiver.check is not None and not checks:
        close = difflib.get_close_matches(waiver.check, severities, 1)
        return "no check is called that", f"did you mean {close[0]}?" if close else "see `cloudaudit checks`"
    if waiver.check is not None and has_wildcard(waiver.check) and (not waiver.check.strip("*?") or checks == severities.keys()):
        return f'"{waiver.check}" is every check', "name the check"
    critical = sorted(check for check in checks if severities[check] is Severity.CRITICAL)
    if critical and waiver.resource is not None and waiver.fingerprint is None and _unnamed(waiver.resource):
        return f"a wildcard is not allowed for {critical[0]}, which is critical", "write out the name of each resource"
    return None


def _unnamed(resource: str) -> bool:
    """Whether a pattern leaves open what the resource itself is called; modules and instance keys may be left open."""
    name = _NAME.search(_INSTANCE_KEY.sub("", resource))
    return name is None or not name[0] or has_wildcard(name[0])


def leaves_type_open(resource: str) -> bool:
    """Whether a pattern of an address leaves the resource type open: `*.this` is any type's, in this run or the next."""
    labels = _INSTANCE_KEY.sub("", resource).split(".")
    return ":" not in resource and "/" not in resource and len(labels) > 1 and has_wildcard(labels[-2])


def _forbidden(checks: set[str], severities: Mapping[str, Severity], rules: WaiverPolicy) -> tuple[str, str] | None:
    for check in sorted(checks):
        if any(fnmatchcase(check, pattern) for pattern in rules.forbid_checks):
            return f"the policy forbids to waive {check}", "fix the finding"
        if severities[check] in rules.forbid_severities:
            return f"the policy forbids to waive {check}, which is {severities[check]}", "fix the finding"
    return None


def _out_of_time(waiver: Waiver, rules: WaiverPolicy, today: date) -> tuple[str, str] | None:
    left = (waiver.expires - today).days
    if left < 0:
        return f"it expired {_days(-left)} ago, on {waiver.expires}", "fix the finding, or let its owner renew the waiver"
    if left > rules.max_days:
        try:
            latest = f"let it expire by {today + timedelta(rules.max_days)}"
        except OverflowError:
            latest = "let it expire earlier"
        return f"it lasts until {waiver.expires}, {_days(left)} from now, and the policy allows {rules.max_days}", latest
    return None


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"
