"""What a person may do to a certificate in the back office, one at a time or many."""

from collections.abc import Callable
from dataclasses import dataclass

from certificates import lifecycle, revocations
from certificates.models import Certificate, StatusChange

Status = Certificate.Status
Why = StatusChange.ReasonClass


@dataclass(frozen=True)
class Action:
    """A verb, the statuses it starts from, and how it is called; the verb decides again under a lock."""

    label: str
    done: str
    consequence: str
    verb: Callable[..., object]
    sources: frozenset[Status]
    why: Why
    is_final: bool = False


ACTIONS = {
    "suspend": Action(
        "暂停",
        "已暂停",
        "暂停期间核验页显示“暂停”，不能下载；可以恢复。",
        lifecycle.suspend,
        frozenset({Status.VALID}),
        Why.INVESTIGATION,
    ),
    "restore": Action(
        "恢复",
        "已恢复",
        "恢复后重新有效，有效期不变。",
        lifecycle.restore,
        frozenset({Status.SUSPENDED}),
        Why.INVESTIGATION,
    ),
    "revoke": Action(
        "撤销",
        "已提出撤销",
        "违背持证人意愿收回，不能恢复。提出后由另一位同事在“撤销申请”里复核，复核前证书状态不变；急需时请先暂停。",
        revocations.ask,
        lifecycle.STANDING,
        Why.MISCONDUCT,
        is_final=True,
    ),
    "withdraw": Action(
        "注销",
        "已注销",
        "应持证人本人要求结束，不能恢复。请先核对是本人提出。",
        lifecycle.withdraw,
        lifecycle.STANDING,
        Why.HOLDER,
        is_final=True,
    ),
}
