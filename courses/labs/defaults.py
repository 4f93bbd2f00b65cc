"""The figures that the labs start with. All are made up for teaching; the lessons compute with the same ones."""

from dataclasses import dataclass

from courses.labs.blueprint import Step
from courses.labs.gaps import Dimension, Hours
from courses.labs.rating import Section


@dataclass(frozen=True, kw_only=True)
class QueueFigures:
    arrivals: float
    rate: float
    servers: int
    within_minutes: float


@dataclass(frozen=True, kw_only=True)
class Calls:
    calls: float
    handling: float
    target: float
    within: float
    absent: float


@dataclass(frozen=True, kw_only=True)
class Idea:
    """An idea and how many people answered in each kind."""

    name: str
    a: int
    o: int
    m: int
    i: int
    r: int


@dataclass(frozen=True, kw_only=True)
class RatingFigures:
    sections: tuple[Section, ...]
    required: int
    held: int
    specials: int


@dataclass(frozen=True, kw_only=True)
class PartFigures:
    yearly: float
    order_cost: float
    holding_cost: float
    daily: float
    deviation: float
    lead_days: float
    quantity: float


QUEUE = QueueFigures(arrivals=8, rate=10, servers=1, within_minutes=10)
CALLS = Calls(calls=100, handling=180, target=0.8, within=20, absent=0.25)
DIMENSIONS = (
    Dimension(name="可靠性", expected=6.6, perceived=5.4, weight=35),
    Dimension(name="响应性", expected=6.4, perceived=5.6, weight=25),
    Dimension(name="保证性", expected=6.2, perceived=6.0, weight=20),
    Dimension(name="移情性", expected=5.6, perceived=5.5, weight=12),
    Dimension(name="有形性", expected=5.2, perceived=5.7, weight=8),
)
HOURS = Hours(expected=3, believed=4, standard=8, delivered=6.5, promised=4)
IDEAS = (
    Idea(name="甲 准时上门", a=10, o=30, m=55, i=5, r=0),
    Idea(name="乙 清理灰尘", a=20, o=50, m=20, i=10, r=0),
    Idea(name="丙 滤芯提醒", a=45, o=20, m=5, i=30, r=0),
    Idea(name="丁 送试纸", a=15, o=5, m=5, i=75, r=0),
    Idea(name="戊 扫码入群", a=5, o=5, m=5, i=40, r=45),
)
BLUEPRINT = (
    Step(
        evidence="受理页、工单号短信",
        customer="报修，说故障",
        front="客服登记",
        back="核对型号",
        support="工单系统",
        is_fail_point=True,
        remedy="上传铭牌照片，系统核型号",
    ),
    Step(customer="在家等", back="派单、备件", support="配件仓库", wait_minutes=2880),
    Step(
        evidence="工牌、鞋套、报价单",
        customer="看诊断，定修不修",
        front="技师诊断、报价",
        support="价目资料",
        is_fail_point=True,
    ),
    Step(evidence="旧件、试机", customer="看修理，试机", front="技师更换、试机", support="工具、配件", wait_minutes=40),
    Step(evidence="服务单、保修说明", customer="签字，接回访", front="讲使用", back="客服回访", support="顾客档案"),
)
RATING = RatingFigures(
    sections=(
        Section(code="5.1", points_centi=40_00, deleted_centi=0, lost_centi=2_00),
        Section(code="5.2", points_centi=35_00, deleted_centi=6_00, lost_centi=2_40),
        Section(code="5.3", points_centi=25_00, deleted_centi=0, lost_centi=1_50),
    ),
    required=6,
    held=4,
    specials=2,
)
SURVEY = (55, 25, 20)
PARTS = PartFigures(yearly=3600, order_cost=25, holding_cost=2, daily=10, deviation=4, lead_days=9, quantity=300)
