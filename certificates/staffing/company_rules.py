"""What a company may be called, and whether its code can be right. Source: docs/rules/companies.md, rule C1."""

import re
import unicodedata

from stdnum.cn import uscc

CODE = re.compile(r"[0-9A-Z]{18}")
PUBLIC_MAIL = frozenset(
    {
        "qq.com",
        "foxmail.com",
        "vip.qq.com",
        "163.com",
        "126.com",
        "yeah.net",
        "vip.163.com",
        "sina.com",
        "sina.cn",
        "sohu.com",
        "139.com",
        "189.cn",
        "wo.cn",
        "21cn.com",
        "tom.com",
        "aliyun.com",
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "proton.me",
        "protonmail.com",
    }
)


def normal_code(written: str) -> str:
    """Return a 统一社会信用代码 in capitals and half-width, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", written)).upper()


def uscc_problem(code: str) -> str:
    """Say what is wrong with a normal 统一社会信用代码, or "" if its check character of GB 32100 is right."""
    if not CODE.fullmatch(code):
        return f"统一社会信用代码是 18 位数字和大写字母，现在是 {len(code)} 位。请照营业执照填写。"
    if not uscc.is_valid(code):
        return "统一社会信用代码的校验位不对，很可能有一位抄错了（没有字母 I、O、S、V、Z）。请对照营业执照逐位核对。"
    return ""


def name_problem(name: str) -> str:
    """Say what is wrong with a company's name, or ""."""
    if not 2 <= len(name) <= 100:
        return "企业名称是 2 到 100 个字，请照营业执照填写。"
    if not name.isprintable() or (not name[0].isalnum() and name[0] not in "（(《"):
        return "企业名称不能以符号开头，请填写营业执照上的名称。"
    return ""
