"""A complaint that branches: what each way of acting does to the three kinds of justice."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """How it ends. Source: docs/rules/labs.md, rule H10."""

    LOYAL = "LOYAL"
    SETTLED = "SETTLED"
    LOST = "LOST"


ENDINGS = {
    Ending.LOYAL: ("顾客愿意再来", "结果、过程、态度三样都站得住。她记住的是出错以后你怎么做。"),
    Ending.SETTLED: ("解决了，但留下疙瘩", "机器修好了，可是三样里有一样没有立住。下次出错，她不会再给机会。"),
    Ending.LOST: ("顾客离开", "失误之后补救又失败，叫双重偏离。钱可能没少花，人还是走了。"),
}
FIRST, END = "call", "end"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way of acting: where it leads, what it adds to each justice, and what it takes."""

    text: str
    then: str
    why: str
    outcome: int = 0
    process: int = 0
    manner: int = 0
    hours: float = 0
    yuan: int = 0


@dataclass(frozen=True, kw_only=True)
class Scene:
    title: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """The sums along one way, and the ending, once there is one."""

    outcome: int
    process: int
    manner: int
    hours: float
    yuan: int
    ending: Ending | None


SCENES = {
    "call": Scene(
        title="周五 18:20，电话接通",
        text="“你们上周刚修过洗碗机，今天又漏，厨房地板都起泡了！”顾客很生气，旁边有孩子在哭。",
        choices=(
            Choice(
                text="听完再开口：复述“又漏了、地板泡了”两件事，道歉，报工单号，说好半小时内回电。",
                then="dispatch",
                why="先接住情绪，再给编号和时限。前半句是互动公正，后半句是程序公正。",
                process=1,
                manner=2,
                hours=0.2,
            ),
            Choice(
                text="先查原因：“您是不是用了别的洗涤剂？”",
                then="dispatch",
                why="还没弄清事实就把原因推给顾客。问题可以问，不能第一句就问。",
                manner=-2,
                hours=0.1,
            ),
            Choice(
                text="马上许诺：“给您 100 元券，您别生气。”",
                then="dispatch",
                why="她要的是不再漏水，你先给了钱。补偿来得太早，听着像打发。",
                outcome=1,
                manner=-1,
                hours=0.1,
                yuan=100,
            ),
        ),
    ),
    "dispatch": Scene(
        title="18:40，派谁去、什么时候去",
        text="附近有一位值班技师，能先止漏；查根因要高级技师，最早明天上午有空。上次的技师下周二有空。",
        choices=(
            Choice(
                text="今晚值班技师先去关阀止漏、护住地板，明早第一单派高级技师查根因。",
                then="cause",
                why="先止损，再治本，一次说清两步。快，而且不让顾客再打第三次电话。",
                outcome=1,
                process=2,
                hours=15,
                yuan=160,
            ),
            Choice(
                text="电话里教她关进水阀，明早第一单派高级技师。",
                then="cause",
                why="花费少，也说得过去；只是今晚的水要她自己擦。",
                process=1,
                hours=15,
            ),
            Choice(
                text="约下周二，还派上次的技师，“他熟悉情况”。",
                then="late",
                why="又等四天，来的还是没修好的那个人。程序公正看快慢，也看顾客要跑几趟。",
                process=-2,
                hours=90,
            ),
        ),
    ),
    "late": Scene(
        title="周二，第三次还是没修好",
        text="技师拆开一看，要换的密封圈又带错了规格。顾客请了半天假，一句话不说地看着他。",
        choices=(
            Choice(
                text="当场打给主管，调专车送件，今天换好再走。",
                then="cause",
                why="一线能当场升级，补救才来得及。授权要写在流程里，不靠胆子。",
                process=1,
                hours=5,
                yuan=120,
            ),
            Choice(
                text="道个歉，再约周五。",
                then="cause",
                why="同一个错第三次落在同一个人身上，这就是双重偏离。",
                outcome=-1,
                process=-2,
                manner=-1,
                hours=72,
            ),
        ),
    ),
    "cause": Scene(
        title="原因查清：上次领错了密封圈",
        text="旧件摆在台面上，规格差了两毫米。责任在公司的领料，不在机器，也不在顾客。",
        choices=(
            Choice(
                text="指着旧件如实说：“上次我们领错了件，是我们的责任”，写进服务单请她留底。",
                then="offer",
                why="说清原因并认账，顾客才能相信不会再来一次。解释和诚实属于互动公正。",
                process=1,
                manner=2,
            ),
            Choice(
                text="换上对的件，不多解释，请她签字。",
                then="offer",
                why="机器好了，疑问还在：上次到底修了什么？",
                outcome=1,
                manner=-1,
            ),
            Choice(
                text="说“机器用久了都这样”，换好走人。",
                then="offer",
                why="旧件就摆在面前。被看穿的借口，比失误本身更伤人。",
                outcome=1,
                manner=-3,
            ),
        ),
    ),
    "offer": Scene(
        title="地板怎么办",
        text="三块地板起泡，装修公司报价 600 元。上次维修费是 120 元。",
        choices=(
            Choice(
                text="给两个方案让她选：我们请人修好，或者按报价付 600 元；上次的 120 元一并退回。",
                then="follow",
                why="赔的是实际损失，怎样赔由她选。数额合理是分配公正，能选择是程序公正。",
                outcome=2,
                process=1,
                hours=1,
                yuan=720,
            ),
            Choice(
                text="退上次维修费 120 元，地板请她找物业。",
                then="follow",
                why="漏水是我们造成的，损失却让她扛。分配公正先立不住。",
                outcome=-3,
                hours=0.5,
                yuan=120,
            ),
            Choice(
                text="一次给 2,000 元，条件是删掉网上的差评。",
                then="follow",
                why="给得多不等于公正。拿钱换沉默，过程变了味，还可能违反平台和法律的规定。",
                outcome=2,
                process=-5,
                manner=-3,
                hours=1,
                yuan=2000,
            ),
        ),
    ),
    "follow": Scene(
        title="一周以后",
        text="单子在系统里可以关了。",
        choices=(
            Choice(
                text="打电话问：还漏吗？地板修好了吗？再把“领错件”写进原因码，领料改成两人核对。",
                then=END,
                why="回访问解决没有，不问给几分；一件投诉换来一条改进，才算闭环。",
                process=1,
                manner=1,
                hours=0.3,
            ),
            Choice(
                text="发短信：“请给我们五星好评。”",
                then=END,
                why="她的事刚完，你的事就来了。",
                manner=-1,
            ),
            Choice(
                text="不再打扰，直接关单。",
                then=END,
                why="修没修好，你并不知道；领料的漏洞还在等下一位顾客。",
                process=-1,
            ),
        ),
    ),
}


def walk(path: Sequence[int]) -> Result:
    """
    Follow choices by their places, from the first scene.

    Raises: IndexError for a choice that is not there. Source: docs/rules/labs.md, rule H10.
    """
    taken, at = [], FIRST
    for place in path:
        choice = SCENES[at].choices[place]
        taken.append(choice)
        at = choice.then
    justice = [
        sum(choice.outcome for choice in taken),
        sum(choice.process for choice in taken),
        sum(choice.manner for choice in taken),
    ]
    return Result(
        outcome=justice[0],
        process=justice[1],
        manner=justice[2],
        hours=round(sum(choice.hours for choice in taken), 1),
        yuan=sum(choice.yuan for choice in taken),
        ending=ending_of(justice) if at == END else None,
    )


def ending_of(justice: Sequence[int]) -> Ending:
    """Return how it ends for these sums of outcome, process and manner. Source: docs/rules/labs.md, rule H10."""
    if all(amount > 0 for amount in justice):
        return Ending.LOYAL
    return Ending.LOST if sum(amount < 0 for amount in justice) > 1 else Ending.SETTLED
