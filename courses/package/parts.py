"""
What rooms above this one add to a course package. They register an object with the hook "course_package_parts".

Source: docs/rules/package.md, rule K7.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from wagtail import hooks

from lms.users.models import User


class Part(Protocol):
    """A room's files in a package: all those whose names begin with `folder`/."""

    folder: str
    label: str

    def export(self, *, lessons: Sequence[str]) -> dict[str, bytes]:
        """Return the files that belong to the lessons with these slugs."""
        ...

    def look(self, files: Mapping[str, bytes]) -> tuple[str, list[str]]:
        """Say in words what would be written, and every fault. Writes nothing."""
        ...

    def store(self, files: Mapping[str, bytes], *, person: User | None, now: datetime) -> None:
        """Write the files' content, inside the caller's transaction. Raises: DomainError."""
        ...


def parts() -> list[Part]:
    return [make() for make in hooks.get_hooks("course_package_parts")]


def files_of(part: Part, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.startswith(f"{part.folder}/")}
