"""答题存证 as files: a table for spreadsheets, a document with the fingerprint. Staff get devices, IPs and names."""

from collections.abc import Iterator, Mapping, Sequence

from exams.attempts.evidence import Evidence, Save
from exams.attempts.record import Line

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell
HEADINGS = ("序号", "服务器收到", "设备时间", "设备时间差", "题号", "题干", "作答", "状态", "页面")
TIMES = "时间是 Asia/Shanghai（UTC+8），精确到毫秒。"
DIGEST = (
    "把 hand_in 的 receipt_number、at、by 用制表符连成第一行；再按序号，把每条 saves 的 "
    "seq、received_at、device_at、question、letters、state 用制表符各连成一行。每行以换行符（LF）结尾，"
    "按 UTF-8 编码后计算 SHA-256。"
)
PROVES = "两份记录的指纹相同，就说明交卷信息和每一条作答都一致；改动、增加或删去任何一条，指纹就不同。"
NOT_PROVED = (
    "指纹不证明作答的是本人，不证明设备的钟准确，也不证明指纹算出以前记录没有变动：它没有签名，也没有第三方的时间证明。"
)

STAFF_HEADINGS = (*HEADINGS, "设备", "IP")

Devices = Mapping[int, tuple[str, str]]  # by page: the device in words, and its IP


def table_of(evidence: Evidence, devices: Devices | None = None) -> Iterator[tuple[str, ...]]:
    """Write the saves as rows with a heading; no cell is a formula. With `devices` it is the staff's table."""
    yield HEADINGS if devices is None else STAFF_HEADINGS
    for save in evidence.saves:
        device = () if devices is None else devices.get(save.session or 0, ("", ""))
        yield tuple(_plain(cell) for cell in (*_cells(save), *device))


def document_of(evidence: Evidence, lines: Sequence[Line], devices: Devices | None = None) -> dict[str, object]:
    """Write the whole record. With `devices` it is the staff's, with IPs and the people who acted."""
    attempt = evidence.attempt
    for_staff = devices is not None
    return {
        "exam": attempt.exam.title,
        "attempt": attempt.number,
        "hand_in": {
            "receipt_number": attempt.receipt_number,
            "at": evidence.closed,
            "by": attempt.closed_by,
            "by_text": attempt.get_closed_by_display(),
        },
        "saves": [
            {
                "seq": save.seq,
                "received_at": save.received,
                "device_at": save.device,
                "device_offset_ms": save.offset_ms,
                "question": save.number,
                "stem": save.stem,
                "letters": save.letters,
                "words": save.words,
                "state": save.state,
                "state_text": save.state.label,
                "page": save.session,
            }
            for save in evidence.saves
        ],
        "room": [
            {
                "at": line.time,
                "what": line.what,
                "page": line.session,
                "text": line.text,
                "note": line.note,
                "device_at": line.device,
            }
            | ({"person": line.person, "ip": line.ip} if for_staff else {})
            for line in lines
        ],
        "times": TIMES,
        "sha256": evidence.sha256,
        "sha256_of": DIGEST,
        "proves": PROVES,
        "does_not_prove": NOT_PROVED,
    }


def file_name(evidence: Evidence, ending: str) -> str:
    return f"evidence-{evidence.attempt.receipt_number or evidence.attempt.pk}.{ending}"


def _cells(save: Save) -> tuple[str, ...]:
    return (
        str(save.seq),
        save.received,
        save.device,
        save.offset,
        str(save.number),
        save.stem,
        save.words,
        save.state.label,
        str(save.session or ""),
    )


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
