"""What a person can do about an unknown fact."""

from __future__ import annotations

from collections.abc import Mapping

from cloudaudit.model import Doubt, Why

_BY_WHY: Mapping[Why, str] = {
    Why.UNSET: "set it in the configuration, or audit the state or the live cloud after apply",
    Why.COMPUTED: "audit the state or the live cloud after apply: until then nobody knows the value",
    Why.UNRESOLVED: "set it in the configuration, or audit a source that knows more: a plan, a state, the live cloud",
    Why.BOUNDED: "audit a plan (terraform show -json): there Terraform has done the evaluation",
    Why.DENIED: "grant it to the identity that scans, and scan again",
    Why.THROTTLED: "scan again with fewer workers, or at another time",
    Why.FAILED: "mend what is named, and run again",
    Why.TRUNCATED: "run again with the complete answer",
    Why.UNSUPPORTED: "look at the resource by hand; if cloudaudit should understand it, report it (never a secret)",
    Why.SENSITIVE: "look at it by hand: what is marked as sensitive is neither read nor shown",
    Why.UNRECORDED: "write the file anew, whole: terraform apply -refresh-only, then terraform show -json",
    Why.UNPROVEN: "give the configuration that the plan was made of, with its modules: --source FOLDER",
    Why.IGNORED: "audit a plan, a state or the live cloud, or take it out of ignore_changes",
    Why.ELSEWHERE: "audit what declares it, or the live cloud",
    Why.NOT_COLLECTED: "audit a source that shows it: the configuration that declares it, or the live cloud",
    Why.CRASHED: "report it as a bug of cloudaudit",
}

_REFUSED = "mend what refuses it, and scan again"
"""Where a refusal says more than which permission it asks for: a policy denies it, or the credentials are no good. No grant helps."""

_BY_REFERENCE: Mapping[str, str] = {
    "var": "pass the variable: --var {}=VALUE, or --var-file FILE",
    "module": 'fetch module "{}" (terraform init), or audit a plan (terraform show -json)',
    "data": "audit a plan (terraform show -json): there data.{} has answered",
}


def remedy(unknown: Doubt) -> str:
    """How the fact can become known: the variable to pass, the module to fetch, the permission to grant."""
    if unknown.why is Why.UNRESOLVED:
        for reference in unknown.references:
            kind, _, rest = reference.partition(".")
            if kind in _BY_REFERENCE and rest:
                parts = rest.split(".")
                return _BY_REFERENCE[kind].format(".".join(parts[: 2 if kind == "data" else 1]))
    if unknown.why is Why.DENIED and ": " in unknown.detail:
        return _REFUSED
    return _BY_WHY[unknown.why]
