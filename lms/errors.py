"""Refusals: what a verb raises when a person asks for something that cannot be done."""


class DomainError(Exception):
    """
    An anticipated refusal. `str()` of it is a Chinese sentence for the screen: what happened, and what to do next.

    Subclasses are named for the fact and live beside the verb that raises them.
    """

    message = "操作没有完成，请稍后再试。"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.message)
