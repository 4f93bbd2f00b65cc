"""Words that a training certificate must not carry. Source: docs/rules/certificates.md, rules N10-N11."""

import re
import unicodedata

DISCLAIMER = (
    "本证书证明持证人完成依据 GB/T 27922-2011 的培训并考核合格，"
    "不属于国家职业资格证书或职业技能等级证书，不构成从业准入依据。"
)

BANNED = (
    "中华人民共和国",
    "中华",
    "中国",
    "国家",
    "全国",
    "职业资格",
    "人员资格",
    "执业资格",
    "岗位合格",
    "专业技术职务",
    "职业技能等级",
    "职业技能鉴定",
    "专项职业能力",
    "政府主推",
    "上岗必须",
    "代考",
    "包过",
    "保过",
    "不过包退",
    "速成",
    "包拿证",
    "挂靠",
    "挂证",
    "轻松月入",
)
PATTERNS = (
    *(re.compile(re.escape(word)) for word in BANNED),
    re.compile(r"(?:人社|人力资源(?:和)?社会保障|教育|商务|工业和信息化|工信|民政|财政|公安)部(?!门)"),
    re.compile(r"[0-9一二两三四五六七八九十]+天(?:内)?拿证"),
    re.compile(r"100%通过"),
)


def find_banned(text: str) -> list[str]:
    """
    List the banned words of a text, each once, in the order of the rule; an empty list means that it may be printed.

    Spaces and line breaks hide nothing. The disclaimer, word for word, is the one text that may say them.
    Source: docs/rules/certificates.md, rules N10 and N11.
    """
    bare = _bare(text).replace(_bare(DISCLAIMER), "\n")
    found = (match.group() for pattern in PATTERNS for match in pattern.finditer(bare))
    return list(dict.fromkeys(found))


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
