"""The words between the names: what to aggregate, group, compare, leave out, sort and cut off by."""

# ruff: noqa: E501  one kind a line

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.minds.intent.glossary import AGGREGATIONS, ASCENDING, LESS
from agents.minds.intent.tokens import Token


@dataclass(frozen=True, slots=True)
class Marker:
    """A stretch of tokens that says what to do with its neighbours."""

    kind: str
    start: int
    end: int
    says: str = ""
    number: float | int | None = None


_PHRASES: tuple[tuple[str, str, str], ...] = (
    ("sort", r"(?:and )?(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?|arranged) (?:them |it |results? )?(?:by|on)(?: the)?", ""),
    ("direction", r"(?:from )?(?:the )?(?:highest|largest|biggest|most|best|newest|latest|longest)(?: ones?)? (?:first|to (?:the )?(?:lowest|smallest|least|worst|oldest|shortest))", "desc"),
    ("direction", r"(?:from )?(?:the )?(?:lowest|smallest|least|fewest|worst|oldest|earliest|shortest|cheapest)(?: ones?)? (?:first|to (?:the )?(?:highest|largest|most|best|newest|longest))", "asc"),
    ("direction", r"ranked$", "desc"),
    ("direction", r"(?:from )?(?:high|most|large|big|best) to (?:low|least|small|worst)", "desc"),
    ("direction", r"(?:from )?(?:low|least|small|worst) to (?:high|most|large|big|best)", "asc"),
    ("direction", r"(?:in )?(?:descending|desc|decreasing)(?: order)?", "desc"),
    ("direction", r"(?:in )?(?:ascending|asc|increasing|alphabetical)(?: order)?|alphabetically", "asc"),
    ("count", r"(?:the )?(?:total )?(?:number|count|no|nr|quantity) of|how many|number|# of|counts?(?: of| the)?", ""),
    ("much", r"how much(?: money)?", ""),
    ("by", r"(?:broken (?:down|out) |grouped |split (?:up |out )?|segmented |sliced |separated |aggregated |group |break (?:it |this |them )?down |split )?by(?: each| every| the)?", ""),
    ("by", r"(?:for )?(?:each|every)|per|across(?: all| the)?(?: different)?|depending on|according to|in each|at each", ""),
    ("not", r"no|not(?: in| from| counting| including)?|except(?: for| those)?|excluding|exclude|excl|(?:everything|anything|all)(?: \w+)? (?:but|except)|other than|apart from|outside(?: of)?|neither|nor|without|but not|non|ignoring|ignore|leaving out|leave out|minus|never|missed|missing|lacking|lacks|failed to|can.?t(?: be)?|cannot(?: be)?|can not(?: be)?|(?:is|are|was|were|has|have|did|does|do)n.t", ""),
    (">", r"(?:after|later than|since)(?= (?:19|20)\d\d)", "later"),
    ("<", r"(?:before|prior to|earlier than)(?= (?:19|20)\d\d)", "sooner"),
    (">=", r"at least|no less than|not less than|no fewer than|minimum of|>=|a minimum of|no lower than", ""),
    ("<=", r"at most|no more than|not more than|up to|maximum of|<=|a maximum of|no higher than|not exceeding", ""),
    (">", r"(?:is |are |was |were )?(?:more|greater|higher|larger|bigger|longer|older|above|heavier|faster|hotter|warmer|taller|later|thicker|wider|deeper) than|over|above|exceed(?:s|ing|ed)?|>|more expensive than|in excess of|beyond|upwards of|pricier than", ""),
    ("<", r"(?:is |are |was |were )?(?:less|fewer|lower|smaller|shorter|younger|cheaper|lighter|slower|colder|earlier|thinner|narrower) than|under|below|<|less expensive than", ""),
    ("=", r"exactly|equals?(?: to)?|equal to|=|of exactly", ""),
    ("!=", r"!=|<>|not equal to", ""),
    ("between", r"between", ""),
    ("only", r"only|just", ""),
    ("distinct", r"distinct|unique|different", ""),
    ("and", r"and|or|,|&|as well as|plus|along with|/", ""),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(f"(?:{pattern})(?=\\s|$)"), says) for kind, pattern, says in _PHRASES)
_AFTER = re.compile(
    r"(?:and |or )(?:(more|above|over|higher|up|longer|older|greater)|(less|fewer|below|under|lower|shorter|younger))(?=\s|$)"
)
_TOP = re.compile(r"(?:the )?(top|bottom|first|best|worst|leading)(?=\s|$)")
_MOST = re.compile(
    r"(?:the )?(?:very )?(most (?:common|frequent|popular|used|frequently used)|busiest|highest|largest|biggest|longest|greatest|lowest|smallest|shortest|most|fewest|least|cheapest|"
    r"oldest|youngest|heaviest|lightest|fastest|quickest|slowest|hottest|coldest|warmest|tallest|deepest|costliest|priciest|"
    r"best|worst)(?: (?:number|count) of)?(?=\s|$)"
)


def fixed(tokens: Sequence[Token]) -> list[bool]:
    """Which tokens are of an idiom (`highest first`, `broken down by`) and so of no name."""
    found = [False] * len(tokens)
    for at in range(len(tokens)):
        text = " ".join(t.lower for t in tokens[at : at + 6])
        for kind, pattern, _ in _COMPILED:
            match = pattern.match(text) if kind in ("direction", "by", "sort", "not") else None
            if match and " " in match[0]:
                found[at : at + match[0].count(" ") + 1] = [True] * (match[0].count(" ") + 1)
    return found


def markers(tokens: Sequence[Token], taken: Sequence[bool]) -> list[Marker]:
    """Markers in order, without overlaps; taken tokens (names, values, times) belong to none."""
    found: list[Marker] = []
    at = 0
    while at < len(tokens):
        marker = None if taken[at] or tokens[at].kind in ("number", "quoted") else _at(tokens, taken, at)
        if marker:
            found.append(marker)
        at = marker.end if marker else at + 1
    return _side_by_side(found)


def _side_by_side(found: Sequence[Marker]) -> list[Marker]:
    """`smallest, average and largest amount`: superlatives in a list are figures."""
    made = list(found)
    for i, one in enumerate(made):
        joint, other = (made[k] if k < len(made) else None for k in (i + 1, i + 2))
        if joint and other and joint.kind == "and" and one.end == joint.start and joint.end == other.start:
            pair = [_as_aggregate(m) for m in (one, other)]
            if all(pair):
                made[i], made[i + 2] = (m for m in pair if m)
    return made


def _as_aggregate(marker: Marker) -> Marker | None:
    if marker.kind == "aggregate":
        return marker
    word = marker.says.partition(" ")[2]
    meant = AGGREGATIONS.get(word) if marker.kind == "most" and marker.number is None else None
    return Marker("aggregate", marker.start, marker.end, meant) if meant else None


def _at(tokens: Sequence[Token], taken: Sequence[bool], at: int) -> Marker | None:
    stop = next((i for i in range(at, min(len(tokens), at + 8)) if taken[i]), min(len(tokens), at + 8))
    text = " ".join(t.lower for t in tokens[at:stop])
    if found := _AFTER.match(text):
        return Marker(">=" if found[1] else "<=", at, at + 2, "after")
    top = _top(tokens, taken, at, text)
    if top:
        return top
    best: Marker | None = None
    for kind, pattern, says in _COMPILED:
        if found := pattern.match(text):
            end = at + found[0].count(" ") + 1
            if best is None or end > best.end:
                says = says or ("less" if any(w in LESS for w in found[0].split()) else "") or found[0]
                best = Marker(kind, at, end, says)
    if best is None and tokens[at].lower in AGGREGATIONS:
        return Marker("aggregate", at, at + 1, AGGREGATIONS[tokens[at].lower])
    return best


def _top(tokens: Sequence[Token], taken: Sequence[bool], at: int, text: str) -> Marker | None:
    """`top 5`, `5 highest`, `the most`: says is asc or desc, number the limit, if one is named."""
    if found := _TOP.match(text):
        end = at + found[0].count(" ") + 1
        if end < len(tokens) and not taken[end] and isinstance(tokens[end].number, int):
            return Marker("top", at, end + 1, "asc" if found[1] in ASCENDING else "desc", tokens[end].number)
        if found[1] in ("top", "bottom", "leading"):
            return Marker("top", at, end, "asc" if found[1] in ASCENDING else "desc")
    if any(p.match(text) for k, p, _ in _COMPILED if k in ("direction", ">=", "<=")):
        return None
    if found := _MOST.match(text):
        end = at + found[0].count(" ") + 1
        says = "asc" if found[1] in ASCENDING else "desc"
        number = None
        if at and not taken[at - 1] and isinstance(tokens[at - 1].number, int):
            return Marker("most", at - 1, end, f"{says} {found[1]}", tokens[at - 1].number)
        if end < len(tokens) and not taken[end] and isinstance(tokens[end].number, int):
            number, end = tokens[end].number, end + 1
        return Marker("most", at, end, f"{says} {found[1]}", number)
    return None
