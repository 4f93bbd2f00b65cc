"""What a package can be refused for."""

from collections.abc import Sequence

from lms.errors import DomainError

SHOWN = 200


class PackageRefused(DomainError):
    """A package that cannot be taken in; `faults` has one Chinese sentence for each fault. Nothing was written."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([f"课程包有 {len(self.faults)} 处要改，什么都没有写入：", *self.faults[:SHOWN]]))
