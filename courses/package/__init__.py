"""A whole course in one file: pages, media, and what rooms above add. Source: docs/rules/package.md."""

from courses.package.archive import MAX_BYTES
from courses.package.exporting import export_course
from courses.package.importing import import_course, look
from courses.package.refusals import PackageRefused

__all__ = ["MAX_BYTES", "PackageRefused", "export_course", "import_course", "look"]
