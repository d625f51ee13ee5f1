from cloudaudit.model import Control, Plaintext, Severity, Transport, Verdict, failed, judge, not_applicable, passed, undecided
from cloudaudit.policy import Policy, check


@check("transport-encrypted", control=Control.TLS_IN_TRANSIT, severity=Severity.HIGH, clauses=("ISP-09", "MVSP-2.2"))
def transport_encrypted(transport: Transport, policy: Policy) -> Verdict:
    """Connections without TLS are refused.

    What travels in plain text can be read and changed by everyone on the way. A redirect to HTTPS is enough for a listener.

    A bucket policy that only demands a TLS version (`s3:TlsVersion`) is UNKNOWN by default: sources disagree whether it
    refuses plain HTTP. `tls.s3-tls-version-condition-is-enough = true` accepts it.

    A listener of a network load balancer for TCP or UDP passes bytes on, and what it passes them to need not tell: such target
    groups have no TLS to configure. Only the targets can prove it, so it is UNKNOWN. A TLS listener is proof. Where the targets
    end TLS themselves, and you have made sure that they take nothing else, `tls.encrypted-behind = ["tcp/443"]` says so by port.

    Fix: demand TLS: a bucket policy that denies `aws:SecureTransport` = false, an HTTPS listener, `rds.force_ssl` = 1, `https_only`.
    """

    def decide(plaintext: Plaintext | None) -> Verdict:
        if plaintext is None:
            return not_applicable("the resource does not decide about plain text")
        note = f": {transport.note}" if transport.note else ""
        if plaintext is Plaintext.PASSED_ON:
            return judge(transport.passed_on, behind, "the port of the listener")
        if plaintext is Plaintext.ACCEPTED:
            return failed(f"plain text is accepted{note}")
        if plaintext is Plaintext.REFUSED_BY_VERSION_CONDITION and not policy.tls.s3_tls_version_condition_is_enough:
            return undecided(f"whether plain text is refused is not proven{note}")
        return passed(f"plain text is {plaintext}{note}")

    def behind(ways: tuple[str, ...]) -> Verdict:
        named = " and ".join(ways)
        if ways and set(ways) <= set(policy.tls.encrypted_behind):
            return passed(f"by the policy, what is behind {named} takes encrypted connections alone")
        left = f"a TLS listener would be proof, and so is tls.encrypted-behind for {named} where the targets take TLS alone"
        return undecided(f"{transport.note}: {left}")

    return judge(transport.plaintext, decide, "whether plain text is refused")
