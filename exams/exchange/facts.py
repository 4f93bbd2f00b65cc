"""The facts of an item that other formats have no place for, as tags and category names."""

from collections.abc import Iterable

from exams.exchange.entries import CODE, LETTERS, MODULE, NUMERIC, Entry

POOLS = {"live": "LIVE", "practice": "PRACTICE"}
VERIFIED = "verified"
TEXTS = ("source", "lesson")
NUMBERS = {"difficulty": "123", "bloom": "123456"}


def tags_of(entry: Entry) -> list[str]:
    """Write facts as tags: pool=live, difficulty=2, bloom=3, source=…, lesson=…, key=…, rubric=4 …, verified."""
    pools = {value: name for name, value in POOLS.items()}
    tags = [f"pool={pools[entry.pool]}"] if entry.pool in pools else []
    tags += [f"{name}={getattr(entry, name)}" for name in (*NUMBERS, *TEXTS) if getattr(entry, name)]
    tags += [f"key={entry.key}"] if entry.kind == NUMERIC else []
    tags += [f"rubric={points} {text}" for text, points in entry.rubric]
    return [*tags, VERIFIED] if entry.is_verified else tags


def note_tags_of(entry: Entry) -> list[str]:
    """Write why options are wrong, for a format without feedback: why=A ……."""
    return [f"why={letter} {note}" for letter, note in zip(LETTERS, entry.notes, strict=False) if note]


def of_tags(tags: Iterable[str]) -> dict[str, object]:
    """Read facts from tags; other systems' own tags say nothing to us."""
    known: dict[str, object] = {}
    rubric: list[tuple[str, int]] = []
    for tag in tags:
        name, _, value = (part.strip() for part in tag.partition("="))
        points, _, text = value.partition(" ")
        if name == VERIFIED and not value:
            known["is_verified"] = True
        elif name == "pool" and value in POOLS:
            known["pool"] = POOLS[value]
        elif name in NUMBERS and value in NUMBERS[name]:
            known[name] = int(value)
        elif name == "rubric" and points.isdecimal() and len(points) <= 3:
            rubric.append((text, int(points)))
        elif name in (*TEXTS, "key") and value:
            known[name] = value
    return known | ({"rubric": tuple(rubric)} if rubric else {})


def of_note_tags(tags: Iterable[str], *, options: int) -> tuple[str, ...]:
    """Read why options are wrong."""
    notes = [""] * options
    for tag in tags:
        name, _, value = tag.partition("=")
        letter, _, text = value.partition(" ")
        if name == "why" and letter in LETTERS[:options] and letter:
            notes[LETTERS.index(letter)] = text
    return tuple(notes) if any(notes) else ()


def category_of(entry: Entry) -> str:
    """Name the category: M1/人员配置. A slash in the point is doubled, as Moodle does."""
    return f"{entry.module}/{entry.point.replace('/', '//')}" if entry.point else entry.module


def of_category(path: str) -> dict[str, object]:
    """Read module and point from a category whose path has a module's code in it."""
    steps = [step.replace("\0", "/").strip() for step in path.replace("//", "\0").split("/")]
    for place, step in enumerate(steps):
        if MODULE.fullmatch(step):
            return {"module": step, "point": steps[place + 1] if place + 1 < len(steps) else ""}
    return {}


def of_code(text: str) -> dict[str, object]:
    """Read an item's code, if it is one of ours: M1-0042."""
    return {"code": text.strip(), "module": text.strip()[:2]} if CODE.fullmatch(text.strip()) else {}
