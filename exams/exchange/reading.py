"""Which format a file is, and its items. Every refusal is in words; nothing is stored here."""

from xml.etree.ElementTree import Element  # the type only: defusedxml parses

from exams.exchange import aiken, gift, moodle, qti, workbook
from exams.exchange.decoding import Archive, text_of, xml_of
from exams.exchange.entries import MAX_ITEMS, FileRefused, Found
from exams.exchange.html import local

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls of before 2007, and .xlsx under a password
FORMATS = ("xlsx", "gift", "aiken", "qti", "moodlexml")
NAMES = {"xlsx": "Excel", "gift": "GIFT", "aiken": "Aiken", "qti": "QTI", "moodlexml": "Moodle XML"}


def read(content: bytes, *, file_format: str = "") -> tuple[str, Found]:
    """
    Read a file's items; return its format and what was found. Without a format, the content tells.

    Raises: FileRefused for the whole file. Source: docs/content.md, chapter 7.
    """
    if not content.strip():
        raise FileRefused("文件是空的。")
    if content.startswith(OLE_MARK):
        raise FileRefused("这是旧版 .xls，或者加了密码。请去掉密码，另存为“Excel 工作簿（.xlsx）”。")
    is_zip = content.startswith(ZIP_MARK)
    actual, found = _from_zip(content) if is_zip else _from_text(content, file_format)
    if file_format and actual != file_format:
        raise FileRefused(f"说是 {NAMES[file_format]}，文件的内容是 {NAMES[actual]}。请选对格式。")
    if len(found.entries) + len(found.problems) > MAX_ITEMS:
        raise FileRefused(f"超过 {MAX_ITEMS:,} 题。请分成几份再导入。")
    if not found.entries and not found.problems:
        raise FileRefused("文件里没有试题。")
    return actual, found


def _from_zip(content: bytes) -> tuple[str, Found]:
    archive = Archive(content)
    if "xl/workbook.xml" in archive.names:
        return "xlsx", workbook.read(archive)
    return "qti", qti.read(archive)


def _from_text(content: bytes, file_format: str) -> tuple[str, Found]:
    text = "" if content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else text_of(content)
    if not text:
        return _from_xml(xml_of(content))
    if file_format == "aiken" or (not file_format and aiken.has_answers(text)):
        return "aiken", aiken.read(text)
    return "gift", gift.read(text)


def _from_xml(root: Element) -> tuple[str, Found]:
    if local(root) == "quiz":
        return "moodlexml", moodle.read(root)
    if local(root) == "assessmentitem":
        return "qti", qti.read_item(root)
    raise FileRefused(f"XML 的最外层是 {str(root.tag)[-40:]}，不是 Moodle 的 quiz，也不是 QTI 的 assessmentItem。")
