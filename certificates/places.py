"""Where the parts of a certificate stand on the page, if a template says so. docs/rules/certificates.md, rule N37."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

PAGE_WIDTH, PAGE_HEIGHT = 297, 210  # millimetres, A4 landscape
MARGIN = 5  # kept free, because printers cannot reach it
QR_CAPTION = 7  # millimetres under the code


@dataclass(frozen=True)
class Box:
    """A rectangle: millimetres from the top left corner of the page."""

    x: int
    y: int
    width: int
    height: int

    def meets(self, other: "Box") -> bool:
        """Tell whether two rectangles share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True)
class Part:
    """A part that every certificate has: its name, how narrow it may be, its height, and where it usually stands."""

    label: str
    least: int
    usual: Box


PARTS = {
    "issuer": Part("发证机构", 40, Box(26, 18, 100, 7)),
    "number": Part("证书编号", 80, Box(141, 18, 130, 7)),
    "title": Part("证书名称", 80, Box(41, 44, 215, 22)),
    "name": Part("姓名", 60, Box(41, 70, 215, 14)),
    "id_number": Part("证件号", 50, Box(41, 86, 215, 7)),
    "statement": Part("正文", 80, Box(41, 98, 215, 26)),
    "qr": Part("二维码", 26, Box(26, 142, 31, 31 + QR_CAPTION)),
    "facts": Part("事实表", 120, Box(66, 136, 205, 46)),
    "disclaimer": Part("免责声明", 120, Box(26, 186, 245, 8)),
}
GUARDED = ("number", "qr", "disclaimer")  # nothing may lie over these


def box_of(name: str, *, x: int, y: int, width: int) -> Box:
    """Return the rectangle of a part: its height is the part's, only the QR code grows with its width."""
    return Box(x, y, width, width + QR_CAPTION if name == "qr" else PARTS[name].usual.height)


def problems(boxes: Mapping[str, Box]) -> dict[str, str]:
    """
    List what cannot be printed: part → Chinese sentence. Off the page, too narrow, or over another part.

    Units: millimetres. Source: docs/rules/certificates.md, rule N37.
    """
    found = {}
    for name, box in boxes.items():
        if problem := _alone(name, box):
            found[name] = problem
    for one, other in combinations(boxes, 2):
        if boxes[one].meets(boxes[other]):
            found.setdefault(other, f"与“{PARTS[one].label}”重叠。")
    return found


def covered(boxes: Mapping[str, Box], added: Box) -> str:
    """Name the guarded part over which something added would lie, or "". Source: rule N37 of the same file."""
    return next((PARTS[name].label for name in GUARDED if name in boxes and boxes[name].meets(added)), "")


def _alone(name: str, box: Box) -> str:
    part = PARTS[name]
    if box.width < part.least:
        return f"太窄：至少 {part.least} 毫米宽，再窄就看不清了。"
    if name == "qr" and box.width > 60:
        return "二维码最宽 60 毫米。"
    right, bottom = box.x + box.width, box.y + box.height
    if min(box.x, box.y) < MARGIN or right > PAGE_WIDTH - MARGIN or bottom > PAGE_HEIGHT - MARGIN:
        return f"超出纸面：这一部分高 {box.height} 毫米，四边要各留 {MARGIN} 毫米。"
    return ""
