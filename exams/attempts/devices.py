"""What a browser calls itself, in words that a person recognises. It may lie, so it is evidence and no proof."""

import re

UNKNOWN = "没有说明的设备"
BROWSERS = (  # the first that fits: most browsers also name those that they descend from
    (r"SEB[/ ]([\d.]+)|SafeExamBrowser", "Safe Exam Browser"),
    (r"wxwork/([\d.]+)", "企业微信"),
    (r"MicroMessenger/([\d.]+)", "微信"),
    (r"DingTalk/([\d.]+)", "钉钉"),
    (r"QQBrowser/([\d.]+)", "QQ 浏览器"),
    (r"UCBrowser/([\d.]+)", "UC 浏览器"),
    (r"HuaweiBrowser/([\d.]+)", "华为浏览器"),
    (r"MiuiBrowser/([\d.]+)", "小米浏览器"),
    (r"(?:Edg|EdgA|EdgiOS)/([\d.]+)", "Edge"),
    (r"(?:Firefox|FxiOS)/([\d.]+)", "Firefox"),
    (r"(?:Chrome|CriOS)/([\d.]+)", "Chrome"),
    (r"Version/([\d.]+).*Safari", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"HarmonyOS|OpenHarmony", "鸿蒙设备"),
    (r"Android.*Mobile", "安卓手机"),
    (r"Android", "安卓平板"),
    (r"Windows", "Windows 电脑"),
    (r"Macintosh|Mac OS X", "Mac 电脑"),
    (r"CrOS", "Chromebook"),
    (r"Linux|X11", "Linux 电脑"),
)


def device_in_words(user_agent: str) -> str:
    """Say which kind of device and which browser: "iPhone，微信 8"."""
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, user_agent)), "")
    browser = ""
    for pattern, name in BROWSERS:
        if found := re.search(pattern, user_agent):
            version = (found[1] or "").partition(".")[0] if found.lastindex else ""
            browser = f"{name} {version}".strip()
            break
    return "，".join(part for part in (system, browser) if part) or UNKNOWN
