"""What somebody who has studied knows: the right options of every item that is answered by choosing, by its stem."""

from functools import cache
from pathlib import Path

import yaml

ITEMS = Path(__file__).resolve().parents[2] / "exams" / "content"

CHOSEN = {"single", "multi", "true_false"}


@cache
def right_options() -> dict[str, set[str]]:
    known = {}
    for path in ITEMS.glob("*/*.yaml"):
        for item in yaml.safe_load(path.read_text()):
            if item["kind"] not in CHOSEN or item["pool"] != "live":
                continue
            options = item.get("options") or []
            known[item["stem"].strip()] = (
                {options["ABCDEF".index(letter)] for letter in item["answer"]} if options else set(item["answer"])
            )
    return known
