"""Bytes → text, XML or an archive, after they have been shown to be harmless. Every refusal is in words."""

import codecs
import re
import zipfile
import zlib
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError  # names only: defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from exams.exchange.entries import MAX_BYTES, FileRefused

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 12_000  # a QTI package has one part an item
MAX_RATIO = 200
SMALL_BYTES = 1024 * 1024  # below this no ratio does harm
DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
TEXT_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
CODECS = {"utf-8", "utf-16", "gb18030", "gbk", "gb2312", "ascii", "iso-8859-1", "latin-1", "windows-1252"}
SAVE_AS = "请用记事本另存为 UTF-8 编码的文件。"


def text_of(content: bytes, *, declared: str = "") -> str:
    """Decode UTF-8, UTF-16 with a mark, or GBK. Raises: FileRefused."""
    if len(content) > MAX_BYTES:
        raise FileRefused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请分成几份再导入。")
    for mark, codec in MARKS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], codec)
    if b"\x00" in content:
        raise FileRefused(f"这不是文本文件，或者编码不对。{SAVE_AS}")
    if declared and declared.lower() in CODECS:
        return _decode(content, "gb18030" if declared.lower().startswith("gb") else declared)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(content, "gb18030")


def xml_of(content: bytes) -> Element:
    """Parse XML without a document type, entities or outside references. Raises: FileRefused."""
    content = content.removeprefix(codecs.BOM_UTF8)
    declared = DECLARATION.match(content[:200])
    text = TEXT_DECLARATION.sub("", text_of(content, declared=declared[1].decode() if declared else ""), count=1)
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as danger:
        raise FileRefused(
            "XML 里有文档类型定义（DOCTYPE）或实体，可能读取服务器上的文件，不能接收。请从原系统重新导出。"
        ) from danger
    except (ParseError, ValueError) as fault:
        raise FileRefused(f"不是完整的 XML：{fault}。请从原系统重新导出。") from fault
    return root


class Archive:
    """A zip whose parts were measured before any was unpacked. Raises: FileRefused."""

    def __init__(self, content: bytes) -> None:
        if len(content) > MAX_BYTES:
            raise FileRefused(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请分成几份再导入。")
        try:
            self.content = content
            self._zip = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as fault:
            raise FileRefused("压缩包已损坏，打不开。请重新导出或另存。") from fault
        parts = self._zip.infolist()
        self.names = [part.filename for part in parts]
        if any(part.flag_bits & 0x1 for part in parts):
            raise FileRefused("文件加了密码。请去掉密码后再导入。")
        dense = any(p.file_size > SMALL_BYTES and p.file_size > MAX_RATIO * max(1, p.compress_size) for p in parts)
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES or dense:
            raise FileRefused("文件解压后过大，像压缩炸弹，不能接收。请删去不需要的内容后重新导出。")
        if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in self.names):
            raise FileRefused("压缩包里有指向包外的路径，不能接收。请从原系统重新导出。")
        if any(name.lower().endswith("vbaproject.bin") for name in self.names):
            raise FileRefused("文件带有宏，不能接收。请另存为“Excel 工作簿（.xlsx）”。")

    def read(self, name: str) -> bytes:
        """Unpack one part; it never gives more than it declares. Raises: FileRefused; KeyError."""
        part = self._zip.getinfo(name)
        try:
            with self._zip.open(part) as stream:
                content = stream.read(part.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as fault:
            raise FileRefused("压缩包已损坏，读不出内容。请重新导出或另存。") from fault
        if len(content) > part.file_size:
            raise FileRefused("压缩包写明的大小是假的，不能接收。请从原系统重新导出。")
        return content


def _decode(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as fault:
        raise FileRefused(f"文件的编码既不是 UTF-8 也不是 GBK。{SAVE_AS}") from fault
