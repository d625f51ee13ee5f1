from cloudaudit.model import Control, Encryption, Severity, Unknown, Verdict, Why, judge, not_applicable, passed, undecided
from cloudaudit.policy import check


@check("older-objects-encrypted", control=Control.ENCRYPTION_AT_REST, severity=Severity.MEDIUM, clauses=("ISP-06", "MVSP-2.8"))
def older_objects_encrypted(encryption: Encryption) -> Verdict:
    """Objects written before encryption became the default are encrypted too.

    A bucket's default encryption says nothing about objects that were there before it was switched on.

    Fix: list the encryption of each object with S3 Inventory, and copy the plain ones over themselves.
    """

    def decide(older: bool | None) -> Verdict:
        if older is None:
            return not_applicable("it is not a store of objects")
        if older:
            return undecided("the bucket is older than encryption by default: only its objects can tell")
        return passed("every object was written after encryption became the default")

    if isinstance(encryption.older_objects, Unknown) and encryption.older_objects.why is Why.ELSEWHERE:
        return not_applicable("only the live cloud knows how old the objects are", encryption.older_objects)
    return judge(encryption.older_objects, decide, "the age of the objects")
