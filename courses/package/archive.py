"""
The zip file itself: the same content gives the same bytes, and nothing is unpacked before it has been measured.

Source: docs/rules/package.md, rules K1-K4.
"""

import json
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from courses.package.refusals import PackageRefused

FORMAT, VERSION = "aftersales-course", 1
MANIFEST = "manifest.json"
MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
MAX_PARTS = 5_000
MAX_RATIO = 200
SMALL_BYTES = 1024 * 1024  # below this no ratio does harm
EPOCH = (1980, 1, 1, 0, 0, 0)
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*){0,3}")
PACKED = (".mp4", ".webm", ".mp3", ".m4a", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".pdf", ".zip", ".xlsx", ".docx")


def pack(files: Mapping[str, bytes], *, title: str) -> bytes:
    """Write files and their manifest, in the order of their names, without any time or machine in it."""
    listed = {name: sha256(files[name]).hexdigest() for name in sorted(files)}
    manifest = {"format": FORMAT, "version": VERSION, "title": title, "files": listed}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in [(MANIFEST, text.encode()), *((name, files[name]) for name in listed)]:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(PACKED) else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content, compresslevel=6)
    return out.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the files that the manifest lists, each as it was packed. Raises: PackageRefused."""
    if len(content) > MAX_BYTES:
        raise PackageRefused([f"文件超过 {MAX_BYTES // 1024 // 1024} MB，没有读取。请把视频另外上传，再导出一次。"])
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as fault:
        raise PackageRefused(["压缩包已损坏，或者不是 zip 文件。请重新导出。"]) from fault
    with archive:
        parts = archive.infolist()
        if faults := _faults_of(parts):
            raise PackageRefused(faults)
        files = {part.filename: _read(archive, part) for part in parts}
    listed = _manifest(files.pop(MANIFEST, b""))
    wrong = [f"{name}：清单里有，包里没有。" for name in sorted(listed.keys() - files.keys())]
    wrong += [f"{name}：包里有，清单里没有。" for name in sorted(files.keys() - listed.keys())]
    wrong += [
        f"{name}：内容与清单的校验值不合，传输中损坏或被改过。"
        for name in sorted(files.keys() & listed.keys())
        if sha256(files[name]).hexdigest() != listed[name]
    ]
    if wrong:
        raise PackageRefused([*wrong, "请从原系统重新导出。"])
    return files


def _faults_of(parts: list[zipfile.ZipInfo]) -> list[str]:
    """Say what is wrong with a zip before any of it is unpacked."""
    names = [part.filename for part in parts]
    if any(part.flag_bits & 0x1 for part in parts):
        return ["文件加了密码。请去掉密码后再导入。"]
    dense = any(p.file_size > SMALL_BYTES and p.file_size > MAX_RATIO * max(1, p.compress_size) for p in parts)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES or dense:
        return ["文件解压后过大，像压缩炸弹，不能接收。请从原系统重新导出。"]
    if any(stat.S_ISLNK(part.external_attr >> 16) for part in parts):
        return ["压缩包里有链接文件，可能指向服务器上的别处，不能接收。请从原系统重新导出。"]
    if strange := [name for name in names if not NAME.fullmatch(name)]:
        return [f"压缩包里有不该有的路径（{strange[0][:60]!r}），可能写到包外，不能接收。请从原系统重新导出。"]
    if len(set(names)) < len(names):
        return ["压缩包里有重名的文件，不能接收。请从原系统重新导出。"]
    return [] if MANIFEST in names else [f"压缩包里没有 {MANIFEST}，不是课程包。请用“导出课程包”得到的文件。"]


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Unpack one part; it never gives more than it declares."""
    try:
        with archive.open(part) as stream:
            content = stream.read(part.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as fault:
        raise PackageRefused([f"{part.filename}：已损坏，读不出来。请重新导出。"]) from fault
    if len(content) > part.file_size:
        raise PackageRefused([f"{part.filename}：写明的大小是假的，不能接收。"])
    return content


def _manifest(content: bytes) -> dict[str, str]:
    try:
        data: Any = json.loads(content)
        listed = data["files"]
        is_ours = data["format"] == FORMAT and isinstance(listed, dict)
        version = int(data["version"])
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise PackageRefused([f"{MANIFEST}：读不懂。请从原系统重新导出。"]) from fault
    if not is_ours:
        raise PackageRefused([f"{MANIFEST}：不是课程包的清单。请用“导出课程包”得到的文件。"])
    if version != VERSION:
        raise PackageRefused([f"课程包是第 {version} 版格式，这里只认第 {VERSION} 版。请把两边升级到同一版本。"])
    return {str(name): str(digest) for name, digest in listed.items()}
