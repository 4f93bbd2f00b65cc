"""Ten items of each module, answered from the cited source alone; the key of the bank has to say the same."""

import re
from functools import cache

import pytest
import yaml
from django.conf import settings

from courses.markup.course import read_course

CITED = r"课程“([^”]+)”"
ANSWERED_FROM_THE_SOURCE = {
    "M1-0105": "维系关系的活动",  # satisfaction surveys, get-togethers, following up the use
    "M1-0116": "商务部",  # administers the standard; 中国商业联合会 proposed it
    "M1-0117": "商业行业标准",  # SB/T 10401-2006
    "M1-0119": "33 天",  # 2011-12-30 to 2012-02-01
    "M1-0167": "专职",  # 5.1.5.1
    "M1-0168": "生产、销售、服务",  # 5.1.6.1
    "M1-0184": "技术支持",  # 5.2.2
    "M1-5122": "员工花名册",  # who is employed; the certificate says who was trained
    "M1-5129": "服务理念、服务承诺和宣传",  # 5.1.7.1 to 5.1.7.3
    "M1-5139": "5.3.2",
    "M2-0002": "顾客与服务人员两方之间的互动",  # Surprenant & Solomon 1987
    "M2-0104": "易变性",
    "M2-0136": "支持过程",  # Bitner, Ostrom & Morgan 2008
    "M2-0155": "本该在台后的话演到了台前",  # Grove & Fisk
    "M2-0161": "顾客",  # Albrecht & Zemke 1985
    "M2-5003": "内部服务质量",  # Heskett et al. 1994
    "M2-5009": "异质性",
    "M2-5010": "异质性",  # met by standards and training
    "M2-5103": "Richard Normann",  # 1984; Carlzon made it known in 1987
    "M2-5118": "外部营销",  # making the promise
    "M3-0005": "约 7.7 分钟",  # C ÷ (cμ − λ) = 0.643 ÷ 5 hours
    "M3-0104": "台子一直不停地干，平均每小时能办完的数",
    "M3-0107": "由 30 分钟变为 60 分钟",  # 1 ÷ (μ − λ)
    "M3-0154": "满意等于感知减期望",  # Maister 1985
    "M3-0158": "30 席",  # a + √a
    "M3-5002": "止步",  # balking
    "M3-5012": "200 件",  # √(2DS ÷ H)
    "M3-5107": "30%",  # 1 − ρ
    "M3-5110": "8.1 人",  # ρ² ÷ (1 − ρ)
    "M3-5117": "75 件",  # dL + safety stock
    "M4-0101": "功能质量",  # Grönroos 1984
    "M4-0104": "10 个",  # Parasuraman, Zeithaml & Berry 1985
    "M4-0105": "能力、礼貌、可信、安全",  # merged in 1988
    "M4-0140": "中立者",  # 7 and 8, Reichheld 2003
    "M4-0165": "补救不等顾客开口",
    "M4-0181": "信息和知识",  # of Bowen & Lawler's four, power was given
    "M4-5003": "−1.25",  # perception less expectation, averaged
    "M4-5011": "差距 4",
    "M4-5012": "可靠性",
    "M4-5015": "互动公正",  # Tax, Brown & Chandrashekaran 1998
    "M5-0005": "3 年",
    "M5-0008": "未参与这次评价的决定人员",  # GB/T 27065
    "M5-0103": "一个评管理体系，一个评服务，互不代替",
    "M5-0112": "第一方",
    "M5-0116": "自行制定规则并报备案",  # 认证认可条例 article 17
    "M5-0127": "5 个",  # ⌈0.6 × 8⌉
    "M5-0143": "撤销多为机构因不符合收回，注销多为自己申请或到期",
    "M5-0180": "这一批卖出去的全部",
    "M5-5015": "撤销",
    "M5-5016": "GB/T 27400-2020",
}


@cache
def items():
    found = {}
    for path in sorted((settings.BASE_DIR / "exams" / "content").glob("*/*.yaml")):
        found |= {item["code"]: item for item in yaml.safe_load(path.read_text(encoding="utf-8"))}
    return found


@pytest.mark.parametrize(("code", "answer"), ANSWERED_FROM_THE_SOURCE.items())
def test_key_of_the_item_is_what_the_source_says(code, answer):
    item = items()[code]

    assert [item["options"]["ABCDEFGH".index(letter)] for letter in item["answer"]] == [answer]


def test_item_that_cites_the_course_names_words_of_its_lesson():
    folder = settings.BASE_DIR / "courses" / "content"
    files = {file.lesson.slug: folder / file.name for module in read_course(folder).modules for file in module.lessons}
    written = {slug: path.read_text(encoding="utf-8") for slug, path in files.items()}
    entries = [{"lesson": item["lesson"]} | one for item in items().values() for one in [item, *item.get("parts", [])]]
    cited = [(one["code"], one["lesson"], name) for one in entries for name in re.findall(CITED, one.get("source", ""))]

    assert cited
    assert [(code, name) for code, lesson, name in cited if name not in written[lesson]] == []
