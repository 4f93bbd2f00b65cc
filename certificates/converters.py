"""Parts of addresses."""


class PetitionKindConverter:
    """What a petition is about: "correction" in the address, CORRECTION in the row."""

    regex = "correction|appeal"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value.lower()
