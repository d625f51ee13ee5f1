"""Parts of SARIF: messages, files by percent-encoded URI, and resources by their address."""

from __future__ import annotations

import posixpath
import re
from typing import Any
from urllib.parse import quote

from cloudaudit.model import Finding
from cloudaudit.report.text import printable

_MOST_RELATED = 20
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def message(text: str) -> dict[str, str]:
    """A text that holds neither a placeholder (`{0}`) nor an embedded link (`[text](target)`) of SARIF, whatever the input says."""
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", printable(text)).replace("](", "] (")}


def artifact(file: str) -> dict[str, str]:
    """A file. One outside the folder in which we ran has no base: no URI relative to it can lead there."""
    path = posixpath.normpath(file)
    uri = quote(path, safe="/", errors="backslashreplace")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri} if path.startswith("../") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def physical(where: dict[str, str], line: int | None) -> dict[str, Any]:
    """A line of a file, or the file."""
    place: dict[str, Any] = {"artifactLocation": where}
    if line is not None:
        place["region"] = {"startLine": line}
    return place


def suppression(finding: Finding) -> dict[str, Any]:
    """Why a finding is waived, who answers for it and until when. In the source: by a comment beside the resource."""
    waiver = finding.waiver
    if waiver is None:
        return {"kind": "external", "status": "accepted", "justification": printable(finding.reason)}
    said = f"waived until {waiver.expires} by {waiver.owner} ({waiver.ticket}): {waiver.reason}"
    place = waiver.origin
    kind = "inSource" if place.file is not None and place.file == finding.origin.file else "external"
    shown: dict[str, Any] = {"kind": kind, "status": "accepted", "justification": printable(said)}
    if place.file is not None:
        shown["location"] = {"physicalLocation": physical(artifact(place.file), place.line)}
    return shown


def places(finding: Finding, *, first_line: bool) -> dict[str, Any]:
    """The location of a finding, and the other lines that it rests on. `first_line`: what has no line points at the first."""
    subject, origin = finding.subject, finding.origin
    named = {"name": subject.address, "fullyQualifiedName": f"{subject.unit}/{subject.address}", "kind": "resource"}
    place: dict[str, Any] = {"logicalLocations": [named]}
    if origin.file is not None:
        place["physicalLocation"] = physical(artifact(origin.file), origin.line or (1 if first_line else None))
    related: dict[tuple[str, int | None], str] = {}
    for item in finding.evidence:
        if item.origin is not None and item.origin.file is not None:
            related.setdefault((item.origin.file, item.origin.line), item.fact)
    shown = {"locations": [place]}
    if related:
        shown["relatedLocations"] = [
            {"id": number, "physicalLocation": physical(artifact(file), line), "message": message(fact)}
            for number, ((file, line), fact) in enumerate(list(related.items())[:_MOST_RELATED], 1)
        ]
    return shown
