"""What a 真实姓名 and a 证件号 must look like, and how a number is masked. Pure: knows no framework."""

import re
import unicodedata
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from lms.errors import DomainError

NUMBER_LENGTH, OLD_NUMBER_LENGTH = 18, 15
EARLIEST_BIRTH = date(1900, 1, 1)

# 〇, the ideographs of the basic plane with extension A and the compatibility ones, and planes 2 and 3: all of them are
# ideographs, so a rare character passes although this Python's own tables may not know it yet.
HAN = "〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
NAME = re.compile(rf"[{HAN}]+(?:·[{HAN}]+)*")
DOTS = str.maketrans(dict.fromkeys("•‧・･．.∙⋅᛫", "·"))  # what keyboards offer for the 间隔号 of minority names
SHORTEST_NAME, LONGEST_NAME = 2, 50


class RealNameInvalid(DomainError):
    message = "姓名只能写汉字，少数民族姓名中间用“·”隔开。请与证件上的姓名一致。"


class IdNumberInvalid(DomainError):
    message = "证件号不正确，请对照证件重新输入。"


def check_name(text: str) -> str:
    """
    Return the name with its dots written as "·".

    Raises: RealNameInvalid. Source: docs/rules/privacy.md, rule V5.
    """
    name = text.strip().translate(DOTS)
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise RealNameInvalid(
            f"姓名应为 {SHORTEST_NAME} 到 {LONGEST_NAME} 个字，你输入了 {len(name)} 个字。请与证件上的姓名一致。"
        )
    if not NAME.fullmatch(name):
        raise RealNameInvalid
    return name


def normalise_number(text: str) -> str:
    """Write full-width characters half-width, drop spaces and hyphens, and the check character X in upper case."""
    half_width = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in half_width if not char.isspace() and char != "-")


def check_number(text: str, *, today: date) -> str:
    """
    Return the normalised number.

    Raises: IdNumberInvalid, which says what is wrong: length, characters, birth date or check character.
    Source: docs/rules/privacy.md, rule V5.
    """
    number = normalise_number(text)
    if len(number) == OLD_NUMBER_LENGTH and re.fullmatch("[0-9]+", number):
        raise IdNumberInvalid("这是 15 位的旧号码，已停止使用。请输入证件上的 18 位号码。")
    if len(number) != NUMBER_LENGTH:
        raise IdNumberInvalid(f"证件号应为 18 位，你输入了 {len(number)} 位。请对照证件重新输入。")
    if not re.fullmatch("[0-9]{17}[0-9X]", number):
        raise IdNumberInvalid("证件号前 17 位只能是数字，最后一位是数字或 X。请对照证件重新输入。")
    born = _birth_date(number)
    if born is None or not EARLIEST_BIRTH <= born <= today:
        raise IdNumberInvalid(f"证件号第 7 到 14 位“{number[6:14]}”不是有效的出生日期。请对照证件重新输入。")
    if number[-1] != ric.calc_check_digit(number):
        raise IdNumberInvalid("证件号的校验位不对，通常是输错了一位。请对照证件逐位核对。")
    return number


def mask(number: str) -> str:
    """Keep the first three and last four characters. Source: docs/rules/privacy.md, rule V4."""
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def _birth_date(number: str) -> date | None:
    # stdnum's own validate() would also want the county code to have existed in the year of birth. Numbers are given
    # out later than that, so it refuses people who have theirs from a county that was renamed meanwhile.
    try:
        return ric.get_birth_date(number)
    except ValidationError:
        return None
