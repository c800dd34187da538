"""What of a value may be shown: samples of failing rows are read by more people than the data is."""

import re
from datetime import date

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
PHONE = re.compile(r"(?<!\w)(\+\d[\d\s().-]{5,}\d|\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4})(?!\w)")
ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?![\w.])")


def masked(value: object, *, personal: bool) -> str:
    """The value as text, without what points at a person.

    In a personal column only the first letter of each word stays, and of numbers and dates nothing. In
    other columns, addresses of people, telephones and computers that stand in a text are masked all the same.

    >>> masked("ada.evans@example.com", personal=True)
    'a***@***'
    >>> masked("Ada Evans", personal=True)
    'A*** E***'
    >>> masked("call +1-555-0008164 or ada@example.com", personal=False)
    'call +*** or a***@***'
    """
    if value is None:
        return "null"
    text = str(value)
    if not personal:
        return _without_contacts(text) if isinstance(value, str) else text
    if EMAIL.search(text) or PHONE.search(text) or ADDRESS.search(text):
        return _without_contacts(text) if _contact_only(text) else "***"
    if isinstance(value, date) or any(character.isdigit() for character in text):
        return "***"
    return " ".join(word[0] + "***" for word in text.split()) or "***"


def _contact_only(text: str) -> bool:
    return any(pattern.fullmatch(text.strip()) for pattern in (EMAIL, PHONE, ADDRESS))


def _without_contacts(text: str) -> str:
    text = EMAIL.sub(lambda found: f"{found[0][0]}***@***", text)
    text = PHONE.sub(lambda found: f"{found[0][0]}***" if found[0][0] == "+" else "***", text)
    return ADDRESS.sub("***", text)
