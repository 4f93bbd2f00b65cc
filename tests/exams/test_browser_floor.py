"""The exam page runs in the browsers that docs/decisions/0008-browser-floor.md promises."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lms" / "static" / "js" / "exam"
MAIN = FOLDER / "main.js"
MODULES = [FOLDER / "floor.js", MAIN, *(FOLDER / name for name in re.findall(r'from "\./(.*)"', MAIN.read_text()))]
# imported by those; the result page
MODULES += [FOLDER / f"{name}.js" for name in ("emitter", "wire", "batch", "fields", "leftovers")]
TOO_NEW = {
    "optional chaining": r"\?\.[A-Za-z_(\[]",
    "nullish coalescing": r"\?\?",
    "numeric separator": r"\d_\d",
    "static or private member": r"^  (static|#)|this\.#",
    "constructed EventTarget": r"extends EventTarget|new EventTarget",
    "media query listener": r"matchMedia\([^)]*\)\.addEventListener|\b[A-Z]+\.addEventListener",
    "method": r"\.(at|replaceAll|replaceChildren|findLast|toSorted|flatMap)\(|structuredClone|Object\.fromEntries",
    "top-level await": r"^await ",
}
CSS_TOO_NEW = r"\b(inset|(padding|margin)-(block|inline)(-start|-end)?):"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_module_is_written_for_the_floor(module):
    text = module.read_text()

    assert [name for name, pattern in TOO_NEW.items() if re.search(pattern, text, re.MULTILINE)] == []


def test_message_for_older_browsers_is_in_the_oldest_dialect():
    text = (FOLDER / "floor.js").read_text()

    assert re.findall(r"=>|`|\b(?:const|let|class|import|export|async)\b", text) == []


def test_style_is_written_for_the_floor():
    assert re.findall(CSS_TOO_NEW, (ROOT / "lms" / "static" / "css" / "exam.css").read_text()) == []
