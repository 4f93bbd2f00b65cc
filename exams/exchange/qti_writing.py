"""Writing QTI packages: the same items in the words of version 2.1 or 3.0."""

import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement, tostring  # writing only: defusedxml parses

from exams.exchange import facts
from exams.exchange.entries import BLANK, CASE, LETTERS, MULTI, NUMERIC, OR, SHORT, TRUE_FALSE, Entry, spans_of
from exams.exchange.pictures import Contents
from exams.exchange.qti import CATEGORY, MANIFEST
from exams.picture_files import FOLDER, SHOWN, names_in

PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/LOM"
SPACES = {2: "http://www.imsglobal.org/xsd/imsqti_v2p1", 3: "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"}
RESOURCES = {2: "imsqti_item_xmlv2p1", 3: "imsqti_item_xmlv3p0"}
MATCH = {
    2: "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
    3: "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
}
ANY_DATE = (1980, 1, 1, 0, 0, 0)  # the same items give the same bytes


def write(entries: Iterable[Entry], contents: Contents, *, version: int) -> bytes:
    """Write a package: a manifest with the items' facts as keywords, a file for each item and each picture."""
    output = BytesIO()
    manifest = Element("manifest", {"xmlns": PACKAGE, "identifier": "items"})
    SubElement(manifest, "organizations")
    resources = SubElement(manifest, "resources")
    packed: set[str] = set()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            href = f"items/{entry.code}.xml"
            archive.writestr(zipfile.ZipInfo(href, ANY_DATE), _bytes(_Writer(version).item(entry)))
            names = names_in([entry.stem, *entry.options, entry.explanation, *entry.notes])
            for name in names:
                if name not in packed:
                    archive.writestr(zipfile.ZipInfo(FOLDER + name, ANY_DATE), contents(name))
            packed.update(names)
            _list(resources, entry, [href, *(FOLDER + name for name in names)], version)
        archive.writestr(zipfile.ZipInfo(MANIFEST, ANY_DATE), _bytes(manifest))
    return output.getvalue()


def _list(resources: Element, entry: Entry, hrefs: list[str], version: int) -> None:
    """List an item's own file, the first, and those of its pictures."""
    resource = SubElement(
        resources, "resource", {"identifier": f"R-{entry.code}", "type": RESOURCES[version], "href": hrefs[0]}
    )
    general = SubElement(SubElement(SubElement(resource, "metadata"), "lom", {"xmlns": LOM}), "general")
    for tag in [CATEGORY + facts.category_of(entry), *facts.tags_of(entry), *facts.note_tags_of(entry)]:
        SubElement(SubElement(general, "keyword"), "string").text = tag
    for href in hrefs:
        SubElement(resource, "file", {"href": href})


def _bytes(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


class _Writer:
    """Names things as one version does: assessmentItem and maxChoices, or qti-assessment-item and max-choices."""

    def __init__(self, version: int) -> None:
        self.version = version

    def item(self, entry: Entry) -> Element:
        root = self._new(
            None, "assessmentItem", identifier=entry.code, title=entry.code, adaptive="false", timeDependent="false"
        )
        root.set("xmlns", SPACES[self.version])
        if entry.kind != CASE:
            self._declare(root, entry)
        body = self._new(root, "itemBody")
        self._lines(body, entry.stem)
        self._interaction(body, entry)
        if entry.kind not in {CASE, SHORT}:
            self._new(root, "responseProcessing", template=MATCH[self.version])
        if entry.explanation:
            feedback = self._new(
                root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier="EXPLANATION", showHide="show"
            )
            holder = self._new(feedback, "contentBody") if self.version > 2 else feedback
            self._lines(holder, entry.explanation)
        return root

    def _declare(self, root: Element, entry: Entry) -> None:
        base = {NUMERIC: "float", BLANK: "string", SHORT: "string"}.get(entry.kind, "identifier")
        cardinality = "multiple" if entry.kind in {MULTI, NUMERIC, BLANK} and len(_values(entry)) > 1 else "single"
        declared = self._new(root, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType=base)
        if _values(entry):
            correct = self._new(declared, "correctResponse")
            for value in _values(entry):
                self._new(correct, "value").text = value
        self._new(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
        self._new(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")

    def _interaction(self, body: Element, entry: Entry) -> None:
        if entry.kind == CASE:
            return
        if entry.kind == SHORT:
            self._new(body, "extendedTextInteraction", responseIdentifier="RESPONSE")
        elif entry.kind in {BLANK, NUMERIC}:
            self._new(SubElement(body, "p"), "textEntryInteraction", responseIdentifier="RESPONSE")
        else:
            most = str(len(entry.options)) if entry.kind == MULTI else "1"
            asked = self._new(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices=most)
            for letter, option in _choices(entry):
                _fill(self._new(asked, "simpleChoice", identifier=letter), option)

    def _lines(self, parent: Element, text: str) -> None:
        for line in text.split("\n"):
            _fill(SubElement(parent, "p"), line)

    def _new(self, parent: Element | None, name: str, **attributes: str) -> Element:
        named = {self._name(key): value for key, value in attributes.items()}
        tag = f"qti-{self._name(name)}" if self.version > 2 else name
        return Element(tag, named) if parent is None else SubElement(parent, tag, named)

    def _name(self, name: str) -> str:
        return re.sub(r"[A-Z]", lambda capital: f"-{capital[0].lower()}", name) if self.version > 2 else name


def _fill(element: Element, text: str) -> None:
    """Write a line of text with its pictures as images."""
    first, *rest = SHOWN.split(text)
    element.text = first
    for alt, name, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        SubElement(element, "img", {"src": f"../{FOLDER}{name}", "alt": alt}).tail = after


def _choices(entry: Entry) -> list[tuple[str, str]]:
    if entry.kind == TRUE_FALSE:
        return [("T", "对"), ("F", "错")]
    return list(zip(LETTERS, entry.options, strict=False))


def _values(entry: Entry) -> list[str]:
    if entry.kind == NUMERIC:
        return [value for value, _ in spans_of(entry.key)]
    return entry.key.split(OR) if entry.kind == BLANK else list(entry.key)
