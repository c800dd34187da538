"""What a name says a column is for: a moment, money, a key, a flag; and which types can hold that."""

from agents.minds.match.names import Name
from agents.minds.match.vocabulary import sides, units

HEADS = {
    "id": "id identifier key uuid guid reference serial pk sk fk hash checksum iban isbn vin fingerprint token "
    "imei imsi msisdn vat_number",
    "code": "code symbol sku abbreviation barcode ean plate icd",
    "number": "number",
    "moment": "date day time timestamp datetime at on until since when moment deadline expiry birthday birthdate "
    "date_of_birth dob month expected_arrival",
    "money": "amount price cost fee revenue salary total sum balance charge tax discount spend premium turnover "
    "budget wage profit margin value subtotal payment pay tip bonus fare vat income debt deposit loan "
    "earnings refund expense rent commission fine deductible reserve settlement payout compensation grant "
    "donation allowance surcharge penalty toll levy postage subsidy royalty proceeds outlay expenditure "
    "instalment principal pension dues damages indemnity retention advance prepayment wages gratuity gain",
    "count": "count quantity units items pieces hits clicks impressions views visits seats nights adults children "
    "passengers pages copies points goals employees headcount spectators attendance sessions days score "
    "rating grade renewals bedrooms bathrooms floors rooms guests participants visitors attempts retries "
    "errors defects orders calls messages wins losses downloads uploads transactions members users "
    "subscribers followers likes vehicles pallets parcels boxes stops plays votes inhabitants population "
    "covers licences tries faults",
    "share": "rate ratio share percentage proportion utilisation efficiency occupancy humidity progress moisture "
    "completeness probability margin_rate",
    "measure": "weight height length distance temperature duration minutes seconds hours volume speed pressure mass "
    "score rating grade width depth area size latency milliseconds elevation latitude longitude voltage "
    "power energy level age year consumption mileage odometer altitude rainfall precipitation snowfall "
    "thickness diameter radius capacity load flow concentration density frequency brightness noise "
    "radiation resistance torque emissions yield pulse heart_rate downtime uptime delay overtime lag "
    "bandwidth throughput usage tonnage dose wear lateness",
    "name": "name title label description note comment text reason remark summary message memo heading subject "
    "explanation headline keyword cause motive diagnosis symptom symptoms allergies treatment medication "
    "dish ingredient ingredients occupation profession",
    "person": "by owner manager author supervisor doctor physician teacher instructor agent driver captain coach "
    "player operator worker customer buyer patient student guest payee payer beneficiary donor waiter "
    "realtor tenant landlord lessee lessor renter borrower reader librarian claimant adjuster appraiser "
    "assessor inspector farmer trainer chef nurse lawyer judge applicant candidate spouse mother father "
    "guardian witness assignee requester approver reviewer recruiter cashier clerk seller organizer "
    "organiser promoter artist performer composer editor translator caller member volunteer resident "
    "citizen pilot referee opponent holder policyholder policy_holder insured debtor creditor sender "
    "recipient receiver consignee host veterinarian surgeon mechanic technician engineer auditor "
    "salesperson custodian trustee leader visitor spectator",
    "category": "status state type kind category class group tier stage segment channel method mode gender sex tariff "
    "plan genre currency severity priority nationality platform shift breed crop species variety material "
    "fuel shape format phase cuisine sector industry weather condition band",
    "flag": "flag is has was indicator did can enabled active deleted",
    "contact": "email phone mail url fax telephone mobile website link ip_address",
    "place": "city country address street region location county province district town site venue place branch "
    "warehouse airport port station stadium office hospital origin destination birthplace birth_place "
    "municipality neighbourhood locality",
}
ROLE = {word: role for role, words in HEADS.items() for word in words.split()}
ALIKE = {
    frozenset(pair.split()): fit
    for pair, fit in {
        "id code": 0.4, "id number": 0.8, "code number": 0.5, "number count": -0.5, "money count": -0.4,
        "money measure": -0.2, "count measure": -0.3, "share measure": 0.0, "name person": 0.6, "name place": 0.2,
        "name category": 0.2, "name code": -0.3, "category code": 0.3, "person place": -0.5, "place category": 0.1,
        "share money": -0.3, "flag category": -0.3, "contact place": -0.2, "id contact": -0.2, "number measure": -0.3,
        "id person": -0.5, "count share": -0.3, "place code": 0.1, "contact name": -0.2, "person contact": -0.5,
        "category person": -0.3, "moment measure": -0.6, "number contact": 0.2,
    }.items()
}  # fmt: skip
"""How well two unlike roles go together, -1 not at all to 1; -1 where nothing is said."""
HOLDS = {
    "text": {"moment": -0.6, "money": -0.8, "count": -0.9, "share": -0.9, "measure": -0.8, "flag": -0.7, "name": 0.5,
             "person": 0.4, "category": 0.4, "contact": 0.5, "place": 0.4, "code": 0.4, "id": 0.2, "number": 0.1},
    "number": {"moment": -0.9, "name": -1, "person": -0.8, "category": -0.4, "flag": -0.5, "contact": -0.8,
               "place": -0.9, "code": -0.3, "money": 0.5, "count": 0.5, "share": 0.5, "measure": 0.5, "id": 0.1,
               "number": 0.3},
    "moment": {"moment": 1, "id": -1, "code": -1, "number": -1, "money": -1, "count": -1, "share": -1, "measure": -0.7,
               "name": -1, "person": -1, "category": -1, "flag": -1, "contact": -1, "place": -1},
    "boolean": {"flag": 1, "id": -1, "code": -1, "number": -1, "money": -1, "count": -1, "share": -1, "measure": -1,
                "name": -1, "person": -0.8, "category": -0.5, "contact": -0.7, "place": -0.9, "moment": -1},
}  # fmt: skip
"""How well a column of a family of types holds each role."""

NEVER = frozenset(frozenset(pair.split()) for pair in ("boolean moment", "number moment", "boolean number"))
"""Families that a column hardly changes between: each can turn into text and back, or not at all."""


def family(kind: str) -> str:
    """`number`, `text`, `moment`, `boolean`, or empty where the type is unknown or holds several values.

    >>> family("DECIMAL(18,2)"), family("varchar"), family("TIMESTAMP WITH TIME ZONE"), family("INTEGER[]")
    ('number', 'text', 'moment', '')
    """
    plain = kind.strip().upper()
    if not plain or plain.endswith("]") or plain.startswith(("STRUCT", "MAP", "UNION(", "BLOB", "JSON", "INTERVAL")):
        return ""
    if plain.startswith(("VARCHAR", "TEXT", "STRING", "CHAR", "ENUM", "UUID", "NVARCHAR")):
        return "text"
    if plain.startswith(("TIMESTAMP", "DATE", "TIME")):
        return "moment"
    if plain.startswith("BOOL"):
        return "boolean"
    numbers = ("TINY", "SMALL", "INT", "BIGINT", "HUGE", "FLOAT", "DOUBLE", "REAL", "DEC", "NUM", "U", "LONG")
    return "number" if plain.startswith(numbers) else ""


def role(name: Name) -> str:
    """What a column of this name is for; empty where its words do not say.

    >>> from agents.minds.match.vocabulary import vocabulary
    >>> [role(Name.of(n, vocabulary())) for n in ("is_paid", "no_of_items", "lieferdatum", "paid_by", "amount_id")]
    ['flag', 'count', 'moment', 'person', 'id']
    """
    words = name.plain
    if name.words[0] in ("is", "has", "was", "did", "can", "ist", "est"):
        return "flag"
    first = set(words[0])
    if len(words) > 1 and (first & {"count"} or (first & {"number"} and name.words[1] in ("of", "de", "di", "von"))):
        return "count"
    if len(words) > 1 and name.words[0] == "num":
        return "count"
    if len(words) > 1 and words[-1][0] in ("created", "updated", "modified", "changed", "deleted", "inserted"):
        return "moment"
    rest = list(words)
    while len(rest) > 1 and (rest[-1][0].isdigit() or rest[-1][0] in units()):
        rest.pop()
    for place in (-1, 0):
        found = next((ROLE[w] for w in rest[place] if w in ROLE), "")
        if not found and place == -1 and len(rest) < len(words) and words[-1][0] in units():
            found = "money" if units()[words[-1][0]][0] == 0 else "measure"
        if found and (place == -1 or len(rest) == 1 or rest[0][0] != name.words[0] or name.words[1] in ("of", "de")):
            return found
    return ""


def expected(name: Name, kind: str) -> str:
    """The role by name or, where that does not say, by type: a moment, a flag, a number of what is named in plural."""
    if found := role(name):
        return found
    of_type = family(kind)
    plural = name.words[-1].endswith("s") and not name.words[-1].endswith(("ss", "us", "is"))
    if of_type == "number" and plural:
        return "count"
    return {"moment": "moment", "boolean": "flag"}.get(of_type, "")


def go_together(one: str, other: str) -> float:
    """1 for the same role, 0 where either is unknown, -1 for roles that no column has together."""
    if not one or not other:
        return 0.0
    return 1.0 if one == other else ALIKE.get(frozenset((one, other)), -1.0)


def holds(kind: str, wanted: str) -> float:
    """How well a type holds a role: 0 where either is unknown."""
    return HOLDS.get(family(kind), {}).get(wanted, 0.0)


def opposed(one: Name, other: Name) -> int:
    """In how many ways the names stand on opposite sides: start and end, gross and net."""
    mine, theirs = _sides(one), _sides(other)
    agree = {pair for pair, _ in mine & theirs}
    return len({pair for pair, side in mine for also, way in theirs if pair == also and side != way} - agree)


def _sides(name: Name) -> set[tuple[int, int]]:
    table = sides()
    return {side for found in name.plain for word in found[:2] for side in table.get(word, ())}


def units_differ(one: Name, other: Name) -> float:
    """1 where both name a unit of one dimension and not the same, 0.3 where only one names a unit, else 0.

    Where only one names a minor unit of money it is 0.7: money without a unit is mostly in the major one.
    """
    mine, theirs = _units(one), _units(other)
    both = mine.keys() & theirs.keys()
    if both:
        return float(any(mine[d] != theirs[d] for d in both))
    if (0, 0) in (mine | theirs).items():
        return 0.7
    return 0.3 if mine or theirs else 0.0


_CODES = "usd eur gbp chf jpy cny inr aud nzd cad sek nok dkk pln czk huf brl mxn zar try sgd hkd krw"
_CURRENCIES = frozenset(_CODES.split())
"""ISO 4217 codes that names of columns end in; each holds another number for the same price."""


def currencies_differ(one: Name, other: Name) -> bool:
    """Whether both name a currency and not the same: price_eur and price_usd."""
    mine, theirs = (set(n.words) & _CURRENCIES for n in (one, other))
    return bool(mine and theirs and mine != theirs)


def _units(name: Name) -> dict[int, int]:
    """Units at the end of a name, or anywhere where they are words of their own and longer than a letter."""
    table = units()
    return {
        table[w][0]: table[w][1]
        for position, w in enumerate(name.words)
        if w in table and (len(w) > 1 or position == len(name.words) - 1) and len(name.words) > 1
    }


def numbers_differ(one: Name, other: Name) -> float:
    """1 where both names carry a number and not the same: address_1 and address_2."""
    mine, theirs = ({w for w in n.words if w.isdigit()} for n in (one, other))
    return float(bool(mine and theirs and mine != theirs))
