"""Personal data that does not belong in a question that others may read. Pure: docs/rules/learning.md, rule L11."""

import re
from unicodedata import normalize

from stdnum import luhn
from stdnum.cn.ric import calc_check_digit

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)")
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[ -](?=\d)")


def found_in(text: str) -> list[str]:
    """Name the kinds of personal data in a text, each once, without repeating the data. Full-width digits count."""
    text = normalize("NFKC", text)
    joined = BETWEEN_DIGITS.sub("", text)
    kinds = {
        "手机号": bool(PHONE.search(joined)),
        "证件号": any(_is_id_number(found) for found in ID_NUMBER.findall(joined)),
        "银行卡号": any(luhn.is_valid(found) for found in CARD.findall(joined)),
        "邮箱": bool(EMAIL.search(text)),
    }
    return [kind for kind, is_there in kinds.items() if is_there]


def _is_id_number(text: str) -> bool:
    return calc_check_digit(text.upper()) == text[-1].upper()
