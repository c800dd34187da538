"""Files as text whatever bytes they hold: what is read and written again is the same byte for byte."""

import codecs
import re

from agents.errors import FinalError

_PLACE = 0xEE00
"""A byte that is no UTF-8 stands in Unicode's private use area at this place plus its value."""
_FOREIGN = re.compile("[\uee80-\ueeff]")


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(_PLACE + b) for b in error.object[error.start : error.end]), error.end


codecs.register_error("adp_bytes", _stand_in)


def as_text(data: bytes) -> str:
    """Text of a file; line ends stay as they are.

    Raises FinalError for the few private characters that stand for bytes here.

    >>> len(as_text(b"caf\\xe9"))
    4
    """
    text = data.decode("utf-8", "adp_bytes")
    if _FOREIGN.search(text) and as_bytes(text) != data:
        raise FinalError("a file holds characters between U+EE80 and U+EEFF, which cannot be told from other encodings")
    return text


def as_bytes(text: str) -> bytes:
    """The bytes that `as_text` read.

    >>> as_bytes(as_text(b"caf\\xe9\\r\\n caf\\xc3\\xa9"))
    b'caf\\xe9\\r\\n caf\\xc3\\xa9'
    """
    parts = re.split(f"({_FOREIGN.pattern})", text)
    return b"".join(bytes([ord(p) - _PLACE]) if _FOREIGN.fullmatch(p) else p.encode() for p in parts)
