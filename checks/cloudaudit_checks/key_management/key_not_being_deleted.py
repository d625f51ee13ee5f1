from cloudaudit.model import Control, KeyHealth, KeyState, Severity, Verdict, failed, judge, passed
from cloudaudit.policy import check


@check("key-not-being-deleted", control=Control.KEY_MANAGEMENT, severity=Severity.HIGH, clauses=("ISP-06", "MVSP-2.8"))
def key_not_being_deleted(key: KeyHealth) -> Verdict:
    """A key is not about to be deleted.

    When the waiting period ends, all that the key encrypted is lost, whoever still needs it.

    Fix: cancel the deletion, disable the key instead, and delete it when nothing has asked for it for long enough.
    """

    def decide(state: KeyState) -> Verdict:
        if state is KeyState.PENDING_DELETION:
            return failed("the key waits for its deletion")
        return passed(f"the key is {state}")

    return judge(key.state, decide, "the state of the key")
