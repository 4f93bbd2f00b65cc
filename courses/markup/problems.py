"""What is wrong with a content file, said so that its author can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault: the line (from 1; 0 if it has none) and a Chinese sentence with the remedy."""

    line: int
    text: str


class Malformed(Exception):
    """A text that cannot be used; carries every fault found in it, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("；".join(problem.text for problem in self.problems))
