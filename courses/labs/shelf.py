"""All labs: what each is called, what it asks, what to try in it, and the lesson that teaches it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Try:
    """Something to try, and what one then sees."""

    do: str
    see: str


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A lab. `lesson` is the slug of the lesson that explains it; `icon` is one of the site's."""

    slug: str
    title: str
    question: str
    summary: str
    module: str
    lesson: str
    icon: str
    tries: tuple[Try, ...]


LABS = {
    lab.slug: lab
    for lab in (
        Lab(
            slug="queue",
            title="排队：再来一位会怎样",
            question="只多来一位，为什么队伍就炸了？",
            summary="拨动到达率、服务率和台数，看利用率的拐点；旁边放映一条真的会长的队。",
            module="M3",
            lesson="why-queues-explode",
            icon="stopwatch",
            tries=(
                Try(
                    do="每台每小时办 10 位，把来客从 8 位拨到 9 位。", see="等待从 24 分钟变成 54 分钟：余量少了一半。"
                ),
                Try(do="拨到 10 位。", see="没有稳态：队伍会无限变长，不给平均数。"),
                Try(
                    do="来客 16 位、台数 2，再看“分成几条队”那一行。",
                    see="合成一队等 10.67 分钟，分开各排各的等 24 分钟。",
                ),
            ),
        ),
        Lab(
            slug="seats",
            title="热线：要排几个座席",
            question="来电和时长都知道，该排几个人？",
            summary="用 Erlang C 找出达到接通率目标的最少席位，再折成花名册人数。",
            module="M3",
            lesson="staffing-and-levers",
            icon="people",
            tries=(
                Try(
                    do="每小时 100 通、每通 180 秒，看 7 席和 8 席。",
                    see="20 秒接通率 74.0% 和 88.0%，八成的目标要 8 席。",
                ),
                Try(do="把来电加到 200 通。", see="话务量翻倍，席位不用从 8 翻到 16：14 席就够，规模大了更省人。"),
            ),
        ),
        Lab(
            slug="gaps",
            title="质量：欠在哪一维，漏在哪一段",
            question="平均 5.6 分，为什么顾客还是走了？",
            summary="填五个维度的期望、感知和权重，算 P − E；再用小时把五个差距摆成一条链。",
            module="M4",
            lesson="quality-gaps",
            icon="clipboard-check",
            tries=(
                Try(do="把可靠性的感知从 5.4 提到 6.2。", see="加权总分从 −0.63 升到 −0.35，先改的变成响应性。"),
                Try(
                    do="把“对外承诺”从 4 小时改成 8 小时。",
                    see="差距 4 没有了，差距 5 一点没少：少说大话不等于做得快。",
                ),
            ),
        ),
        Lab(
            slug="kano",
            title="卡诺：先做哪一件",
            question="问“重不重要”，人人都说重要，怎么办？",
            summary="一正一反两问归成六类；按人数算 Better 和 Worse，五个点子落进四个区。",
            module="M4",
            lesson="kano-what-first",
            icon="grid-3x3-gap",
            tries=(
                Try(do="正问“理所当然”，反问“不喜欢”。", see="必备：有了不加分，缺了极不满。"),
                Try(do="把点子的人数改成 A40、O25、M20、I15。", see="Better 0.65，Worse −0.45，落在魅力区。"),
            ),
        ),
        Lab(
            slug="blueprint",
            title="蓝图：画一张服务蓝图",
            question="顾客在哪里等，错在哪里露头？",
            summary="一步一列写五行，标等待和失败点；边写边指出还缺什么，数出穿过三条线的次数。",
            module="M2",
            lesson="service-blueprint",
            icon="list-check",
            tries=(
                Try(do="给第 2 步补上有形展示“短信：技师姓名和时段”。", see="少一条提醒；等的人手里有了凭据。"),
                Try(do="给第 3 步写上出错怎么办。", see="失败点有了着落。"),
            ),
        ),
        Lab(
            slug="rating",
            title="评分：一张表算到等级",
            question="89.95 分，算不算四星？",
            summary="按三个部分填删减和扣分，加上人员配置、特别扣分和加分，看两种读法各到哪一级。",
            module="M1",
            lesson="scoring-sheet",
            icon="calculator",
            tries=(
                Try(do="把特别扣分拨到 5 项。", see="分数再高也不合格。"),
                Try(do="把应配、已配改成 6 和 6。", see="两种读法合成一个数。"),
            ),
        ),
        Lab(
            slug="complaint",
            title="投诉：每一步你怎么做",
            question="机器修好了，顾客为什么还是走了？",
            summary="一件漏水投诉走五六个场面，每步三种做法，看结果、过程、态度三种公正各得多少。",
            module="M4",
            lesson="service-recovery",
            icon="chat-left-text",
            tries=(
                Try(
                    do="先走一遍你平时的做法，再走一遍最好的。",
                    see="三样都立住的路，最省的只花 720 元；最费钱的一条花了 2,260 元，顾客照样离开。",
                ),
            ),
        ),
        Lab(
            slug="nps",
            title="NPS：涨了五分，是真的吗",
            question="这个月 35，上个月 30，是进步还是运气？",
            summary="由推荐、中立、贬损的人数算 NPS 和它的误差，看要多少份问卷才看得出差别。",
            module="M4",
            lesson="nps-ces-acsi",
            icon="graph-up",
            tries=(
                Try(do="55、25、20 人。", see="NPS 35，可是真值在 19 到 51 之间都说得通。"),
                Try(do="三个数都乘 10。", see="NPS 不变，误差缩到三分之一左右。"),
            ),
        ),
        Lab(
            slug="parts",
            title="备件：一次订多少，什么时候订",
            question="上个月才订过，为什么又断货？",
            summary="经济订货量管一次订多少，再订货点管什么时候订；看费用曲线的平底和库存的锯齿。",
            module="M3",
            lesson="spare-parts",
            icon="card-checklist",
            tries=(
                Try(do="把“现在每次订”从 300 改成 600。", see="一年只多花 150 元：曲线底部很平。"),
                Try(do="提前期从 9 天改成 4 天。", see="再订货点从 110 降到 54，比加把握管用。"),
            ),
        ),
    )
}
