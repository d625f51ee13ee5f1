from cloudaudit.model import Cipher, Control, Encryption, Severity, Verdict, extent, failed, judge, passed
from cloudaudit.policy import Policy, check


@check("data-encrypted-at-rest", control=Control.ENCRYPTION_AT_REST, severity=Severity.HIGH, clauses=("ISP-06", "MVSP-2.8"))
def data_encrypted_at_rest(encryption: Encryption, policy: Policy) -> Verdict:
    """Data at rest is encrypted with AES-256.

    A disk, a snapshot or a bucket that leaves the provider's control must hold nothing readable.

    Fix: turn on encryption at rest; where it cannot be changed later (RDS, EBS), restore into an encrypted copy.
    """

    def decide(cipher: Cipher) -> Verdict:
        if cipher in policy.encryption.ciphers:
            return passed(f"data is encrypted with {cipher}")
        if cipher is Cipher.NONE:
            return failed("data is not encrypted")
        return failed(f"data is encrypted with {cipher}", extent=extent([cipher]))

    return judge(encryption.cipher, decide, "whether data is encrypted")
