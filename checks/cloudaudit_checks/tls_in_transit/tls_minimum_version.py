from cloudaudit.model import Control, Severity, TlsVersion, Transport, Verdict, extent, failed, judge, not_applicable, passed
from cloudaudit.policy import Policy, check


@check("tls-minimum-version", control=Control.TLS_IN_TRANSIT, severity=Severity.HIGH, clauses=("ISP-09", "MVSP-2.2"))
def tls_minimum_version(transport: Transport, policy: Policy) -> Verdict:
    """TLS is version 1.2 or newer.

    TLS 1.0 and 1.1 are withdrawn (RFC 8996): their ciphers and hashes can be broken.

    Fix: choose a security policy or a minimum version of TLS 1.2, better 1.3.
    """
    minimum = policy.tls.minimum_version

    def decide(version: TlsVersion | None) -> Verdict:
        if version is None:
            return not_applicable("the resource sets no TLS version")
        if version.rank >= minimum.rank:
            return passed(f"the oldest TLS version accepted is {version}")
        older = extent(f"TLS {one}" for one in TlsVersion if version.rank <= one.rank < minimum.rank)
        return failed(f"the oldest TLS version accepted is {version}, older than {minimum}", extent=older)

    return judge(transport.minimum_version, decide, "the oldest TLS version accepted")
