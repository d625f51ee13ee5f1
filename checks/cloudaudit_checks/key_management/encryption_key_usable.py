from cloudaudit.model import (
    Cipher,
    Control,
    Encryption,
    KeyState,
    Known,
    Severity,
    Unknown,
    Verdict,
    Why,
    extent,
    failed,
    judge,
    not_applicable,
    passed,
)
from cloudaudit.policy import check


@check("encryption-key-usable", control=Control.KEY_MANAGEMENT, severity=Severity.CRITICAL, clauses=("ISP-06", "MVSP-2.8"))
def encryption_key_usable(encryption: Encryption) -> Verdict:
    """The key that encrypts a store can be used.

    Data under a key that is disabled cannot be read; under a key that is deleted it is lost, backups included.

    Fix: enable the key or cancel its deletion, or move the data to another key first.
    """

    def decide(state: KeyState) -> Verdict:
        if state is KeyState.ENABLED:
            return passed("the key is enabled")
        unusable = failed(f"the key is {state}", extent=extent([state]))
        return judge(encryption.cipher, lambda cipher: unencrypted if cipher is Cipher.NONE else unusable, "the cipher")

    unencrypted = passed("data is not encrypted, so no key is in use")
    elsewhere = not_applicable("the key is not declared here: it is judged where it lives", encryption.key_state)
    if isinstance(encryption.key_state, Unknown) and encryption.key_state.why is Why.ELSEWHERE:
        return judge(encryption.cipher, lambda cipher: unencrypted if cipher is Cipher.NONE else elsewhere, "the cipher")
    if encryption.cipher == Known(Cipher.NONE):
        return judge(encryption.cipher, lambda _: unencrypted, "the cipher")
    return judge(encryption.key_state, decide, "the state of the key")
