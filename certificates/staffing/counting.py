"""Who counts as 服务管理人员: three questions, an advice with its reason. Source: docs/rules/companies.md, rule C6."""

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """Where somebody works."""

    HQ = "HQ"
    OUTLET = "OUTLET"


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether somebody should be counted, and the reason to be kept with the person."""

    is_manager: bool
    reason: str


def advise(*, does_service: bool, leads: bool, layer: Layer) -> Advice:
    """Advise whether somebody is 服务管理人员. Source: docs/rules/companies.md, rule C6."""
    if not does_service:
        return Advice(is_manager=False, reason="不做服务相关的工作，不计")
    if not leads:
        return Advice(is_manager=False, reason="做服务工作，但不是负责人，不计")
    if layer is Layer.HQ:
        return Advice(is_manager=True, reason="第一层：总部服务相关部门、环节、岗位的负责人")
    return Advice(is_manager=True, reason="第二层：下属机构的管理人员")
