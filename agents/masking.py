"""What of a value may be shown outside the warehouse: messages and logs are read by more people than the data is."""

import re
from collections.abc import Collection, Set
from datetime import date
from itertools import pairwise
from typing import Any

from agents.names import words

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[A-Za-z][\w-]*")
PHONE = re.compile(r"(?<![\w.])(\+\d(?!\d*\.\d+(?![\d.]))[\d\s().-]{5,20}\d|\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4})(?!\w)")
ADDRESS = re.compile(r"(?<![\w.])\d{1,3}(\.\d{1,3}){3}(?![\w.])")
SOCIAL = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-])")

PERSONAL = {
    "address", "birth", "birthday", "birthdate", "dob", "email", "emails", "fax", "firstname", "forename", "fullname",
    "iban", "ip", "lastname", "mail", "mobile", "passport", "phone", "phones", "postal", "postcode", "ssn", "street",
    "surname", "telephone", "zip", "zipcode",
}  # fmt: skip
"""Words that make the name of a column a personal one."""
NAMED = {"agent", "contact", "customer", "employee", "family", "first", "full", "given", "guest", "last", "maiden",
         "middle", "patient", "person", "recipient", "user"}  # fmt: skip
"""Words that do so before `name`."""
_WORD = re.compile(r"[A-Za-z_][\w$]*")
_QUOTED = re.compile(r"(?<![\w'])'((?:[^'\n]|''){1,500})'(?!\w)|\"([^\"\n]{1,500})\"")
_BEFORE_VALUE = re.compile(r"\b(string|value|key|timestamp|date)\s?$")
"""DuckDB quotes names and values alike: what follows these words is a value."""
_ASSIGNED = re.compile(r"""(?P<name>[A-Za-z_][\w$]*)(?P<sign>\s?=\s?)(?P<value>[^\s'"`,;()\[\]{}]{1,500})""")


def personal_name(column: str) -> bool:
    """Whether a column's name says that its values point at a person.

    >>> [personal_name(c) for c in ("eMail", "lastName", "birth_date", "customer_id", "city", "carrier_name")]
    [True, True, True, False, False, False]
    """
    parts = words(column)
    return not PERSONAL.isdisjoint(parts) or any(one in NAMED and other == "name" for one, other in pairwise(parts))


def masked(text: str, personal: Collection[str] = ()) -> str:
    """A text without what points at a person; masking what is masked changes nothing.

    Addresses, telephones, computers and accounts go wherever they stand. In a line that names a personal column,
    by its words or as one of the lower-case names in `personal`, so do quoted values and what is set equal to it.

    >>> masked("card 4111 1111 1111 1111 of ada@example.com, GB82 WEST 1234 5698 7654 32, in 1,204,500 rows")
    'card *** of a***@***, ***, in 1,204,500 rows'
    >>> masked("could not convert string 'Ada Evans' when casting from source column last_name")
    "could not convert string '***' when casting from source column last_name"
    >>> masked('Duplicate key "surname: Evans" violates primary key')
    'Duplicate key "surname: ***" violates primary key'
    """
    return "\n".join(_line(line, personal) for line in text.split("\n"))


def masked_all(value: Any, but: Collection[str] = ()) -> Any:
    """Every text of a JSON value masked, except below the keys `but`.

    >>> masked_all({"note": ["of ada@example.com"], "files": "-- ada@example.com"}, but=("files",))
    {'note': ['of a***@***'], 'files': '-- ada@example.com'}
    """
    if isinstance(value, dict):
        return {key: inner if key in but else masked_all(inner, but) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked_all(inner, but) for inner in value]
    return masked(value) if isinstance(value, str) else value


def masked_value(value: object, *, personal: bool) -> str:
    """One value as text, without what points at a person.

    In a personal column only the first letter of each word stays, and of numbers and dates nothing. In
    other columns, addresses of people, telephones and computers that stand in a text are masked all the same.

    >>> masked_value("ada.evans@example.com", personal=True)
    'a***@***'
    >>> masked_value("Ada Evans", personal=True)
    'A*** E***'
    >>> masked_value("call +1-555-0008164 or ada@example.com", personal=False)
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


def _line(line: str, personal: Collection[str]) -> str:
    named = {w for w in _WORD.findall(line) if w.lower() in personal or personal_name(w)}
    if named:
        line = _ASSIGNED.sub(lambda found: _set(found, named), _QUOTED.sub(lambda found: _said(found, named), line))
    return _without_contacts(line)


def _said(found: re.Match[str], named: Set[str]) -> str:
    """A quoted text: a name stays, of a pair `name: value` the name stays, a value goes."""
    single, double = found.group(1), found.group(2)
    inner = double if single is None else single
    names_column = re.fullmatch(r"[\w$./-]+", inner) and not named.isdisjoint(_WORD.findall(inner))
    before = found.string[max(0, found.start() - 12) : found.start()]
    if (pair := re.match(r"\s*([\w$]+)\s?[:=]", inner)) and pair[1] in named:
        shown = f"{pair[0]} ***"
    elif names_column or (double is not None and _WORD.fullmatch(inner) and not _BEFORE_VALUE.search(before)):
        return found[0]
    else:
        shown = "***"
    return f'"{shown}"' if single is None else f"'{shown}'"


def _set(found: re.Match[str], named: Collection[str]) -> str:
    other = found["value"].rpartition(".")[2]
    return found[0] if found["name"] not in named or other in named else f"{found['name']}{found['sign']}***"


def _contact_only(text: str) -> bool:
    return any(pattern.fullmatch(text.strip()) for pattern in (EMAIL, PHONE, ADDRESS))


def _without_contacts(text: str) -> str:
    text = EMAIL.sub(lambda found: f"{found[0][0]}***@***", text)
    text = IBAN.sub(lambda found: "***" if _is_iban(found[0]) else found[0], text)
    text = CARD.sub(lambda found: "***" if _is_card(found[0]) else found[0], text)
    text = PHONE.sub(lambda found: f"{found[0][0]}***" if found[0][0] == "+" else "***", text)
    return SOCIAL.sub("***", ADDRESS.sub("***", text))


def _is_iban(text: str) -> bool:
    """By its check digits (ISO 13616: the number it spells leaves 1 when divided by 97)."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """By its check digit (ISO 7812, Luhn)."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0
