"""What the public sees of a person. Source: docs/rules/certificates.md, rule N8."""

import unicodedata

DOT = "·"
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●.。", DOT))  # what keyboards offer for ·, after NFKC


def mask_name(name: str) -> str:
    """
    Hide the middle of a name: 张丰 → 张*, 张三丰 → 张*丰, 阿依古丽·麦麦提 → 阿***·**提.

    Dots and spaces between the parts of a name stay. Source: docs/rules/certificates.md, rule N8.
    """
    letters = [i for i, sign in enumerate(name) if sign != DOT and not sign.isspace()]
    open_ends = {letters[0], letters[-1]} if len(letters) > 2 else set(letters[: len(letters) - 1])
    return "".join("*" if i in letters and i not in open_ends else sign for i, sign in enumerate(name))


def name_key(name: str) -> str:
    """
    Return what two spellings of one name have in common: no spaces, one kind of dot, one width, one case.

    Source: docs/rules/certificates.md, rule N9.
    """
    return "".join(unicodedata.normalize("NFKC", name).translate(DOTS).split()).casefold()
