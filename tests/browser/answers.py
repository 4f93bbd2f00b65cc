"""What somebody who has studied knows: the right options of every item, by the item's stem, from the source files."""

from functools import cache
from pathlib import Path

import yaml

ITEMS = Path(__file__).resolve().parents[2] / "exams" / "content"


@cache
def right_options() -> dict[str, set[str]]:
    known = {}
    for path in ITEMS.glob("*/live.yaml"):
        for item in yaml.safe_load(path.read_text()):
            options = item.get("options") or []
            known[item["stem"].strip()] = (
                {options["ABCDEF".index(letter)] for letter in item["answer"]} if options else set(item["answer"])
            )
    return known
