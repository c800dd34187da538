"""What a layer has to say against a text."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One construct that is not on a layer's list; two that say the same of two texts are the same."""

    what: str
    """The offending value, in words."""
    allowed: str
    final: bool = False
    """Not even a file that people committed makes it right to generate this."""

    @property
    def words(self) -> str:
        """For a person."""
        return f"{self.what}. Allowed: {self.allowed}."


def shown(value: object, limit: int = 80) -> str:
    """A value inside a sentence, whatever characters it holds.

    >>> shown("a\\nb")
    "'a\\\\nb'"
    """
    text = ascii(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
