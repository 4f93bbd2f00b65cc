"""Pictures that travel inside a file: taken out under the names by which our texts call them, and put in again."""

from collections.abc import Callable
from urllib.parse import unquote

from exams import picture_files
from exams.exchange.entries import Found, Unreadable

Contents = Callable[[str], bytes]  # of a picture of the bank, by its name
FIELD = "图片"


class Taken:
    """Takes one item's pictures out of a file. `content_of` finds a file's bytes by what the item calls it."""

    def __init__(self, found: Found, content_of: Callable[[str], bytes | None]) -> None:
        self.found = found
        self.content_of = content_of

    def __call__(self, src: str, alt: str) -> str:
        """
        Return how our texts show the picture that an item calls `src`.

        Raises: Unreadable if it has no alternative text, is not in the file, or is no picture that we keep.
        """
        shown = unquote(src)[-60:]
        if not alt.strip():
            raise Unreadable(FIELD, f"图片 {shown} 没有替代文字（alt）。请补上：看不见图的人也要能答题。")
        content = self.content_of(unquote(src))
        if content is None:
            raise Unreadable(FIELD, f"图片 {shown} 不在文件里，网上的图片不会去取。请连图片一起导出，或删去。")
        return picture_files.reference(self.keep(content, shown), alt)

    def keep(self, content: bytes, shown: str) -> str:
        """Look at a picture and remember it; return its name. Raises: Unreadable."""
        try:
            name = picture_files.examine(content).name
        except picture_files.PictureRefused as fault:
            raise Unreadable(FIELD, f"图片 {shown}：{fault}") from fault
        self.found.pictures[name] = content
        return name
