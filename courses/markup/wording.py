"""Words that neither a lesson nor an item says. Source: docs/content.md, chapter 4."""

BANNED = (
    "国家职业资格",
    "职业技能等级",
    "全国统一",
    "国家级",
    "权威",
    "官方指定",
    "包过",
    "保过",
    "通过率",
    "挂靠",
    "挂证",
    "速成",
    "学员好评",
    "必须购买本培训",
)


def find_banned(text: str) -> list[str]:
    """List the banned words of a text, each once, in the order of the rule."""
    return [word for word in BANNED if word in text]
