from cloudaudit.model import Cipher, Control, KeyHealth, Severity, Verdict, extent, failed, judge, not_applicable, passed
from cloudaudit.policy import Policy, check


@check("key-algorithm", control=Control.KEY_MANAGEMENT, severity=Severity.HIGH, clauses=("ISP-06", "MVSP-2.8"))
def key_algorithm(key: KeyHealth, policy: Policy) -> Verdict:
    """A key for data is an AES-256 key.

    Data is only as well protected as the weakest key that opens it.

    Fix: create a key with a 256-bit symmetric algorithm and encrypt the data anew.
    """

    def decide(cipher: Cipher | None) -> Verdict:
        if cipher is None:
            return not_applicable("the key does not encrypt data at rest itself")
        if cipher in policy.encryption.ciphers:
            return passed(f"the key is {cipher}")
        return failed(f"the key is {cipher}", extent=extent([cipher]))

    return judge(key.cipher, decide, "the key's algorithm")
