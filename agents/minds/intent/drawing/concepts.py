"""What schemas are made of. First the words of the name, then other words that people use for it."""

# ruff: noqa: E501  one concept a line

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Concept:
    """Something a column or table can be about."""

    words: tuple[str, ...]
    said: tuple[str, ...]
    kind: str = "text"
    """sum, avg (measures: what is usual), text, flag."""
    values: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Event:
    """A fact table: what happens, when, with what it measures and how it is sorted."""

    words: tuple[str, ...]
    said: tuple[str, ...]
    when: tuple[str, ...]
    measures: tuple[Concept, ...]
    qualities: tuple[Concept, ...]
    flags: tuple[Concept, ...]
    things: tuple[str, ...] = field(default=())


def _split(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`unit price/price per unit`: the first is the name, all can be said."""
    said = tuple(s.strip() for s in text.split("/"))
    return tuple(said[0].split()), said


def _measures(text: str) -> tuple[Concept, ...]:
    """`name/other words (unit) avg; ...`."""
    found = []
    for one in text.split(";"):
        plain, _, kind = one.strip().partition("~")
        plain, _, unit = plain.partition("(")
        words, said = _split(plain)
        found.append(Concept(words, said, kind.strip() or "sum", unit=unit.strip(" )")))
    return tuple(found)


def _qualities(text: str) -> tuple[Concept, ...]:
    """`name/other words: value, value; ...`."""
    found = []
    for one in text.split(";"):
        plain, _, values = one.partition(":")
        words, said = _split(plain.strip())
        found.append(Concept(words, said, "text", tuple(v.strip() for v in values.split(",") if v.strip())))
    return tuple(found)


def _flags(text: str) -> tuple[Concept, ...]:
    return tuple(Concept(*_split(one.strip()), "flag") for one in text.split(";") if one.strip())


def _event(names: str, when: str, measures: str, qualities: str, flags: str, things: str) -> Event:
    words, said = _split(names)
    return Event(words, said, tuple(w.strip() for w in when.split("/")), _measures(measures), _qualities(qualities),
                 _flags(flags), tuple(t.strip() for t in things.split(",")))  # fmt: skip


EVENTS = (
    _event("sale/purchase", "sold at/sale date", "amount/revenue/turnover (usd); quantity/units/pieces; discount/rebate (usd)",
           "payment method: card, cash, voucher; channel: web, store, marketplace", "refunded; gift", "customer, product, store"),
    _event("order", "ordered at/order date/created at", "total/order value/sales (eur); tax/VAT (eur); item count/number of items",
           "status: new, paid, dispatched, void; source: app, web, phone", "express; prepaid", "customer, product, employee"),
    _event("appointment/visit", "scheduled at/appointment date", "fee/charge/cost (usd); wait/waiting time (minutes) ~avg",
           "outcome: attended, missed, rescheduled; specialty: dental, eye, skin", "first visit; urgent", "patient, doctor, clinic"),
    _event("delivery/consignment", "delivered on/delivery date", "weight (kg); shipping fee/freight (eur); distance (km)",
           "service level: standard, overnight, economy; condition: intact, broken, wet", "insured; late", "customer, depot, driver"),
    _event("ride/journey", "started at/ride date", "fare/price (usd); distance/mileage (km); rating/stars ~avg",
           "ride type: shared, solo, pool; payment type: wallet, cash, card", "airport; surge", "driver, rider, city"),
    _event("call", "called at/call date", "duration/length (seconds); hold time (seconds) ~avg; cost (eur)",
           "direction: inbound, outbound; queue: billing, technical, sales", "recorded; answered", "agent, customer"),
    _event("inspection/check", "inspected on/inspection date", "score/result ~avg; defects/faults found; fine/penalty (usd)",
           "grade: pass, fail, conditional; trigger: routine, complaint, followup", "announced; passed", "site, inspector"),
    _event("donation/gift", "donated on/gift date", "amount/sum (eur); fees (eur)",
           "campaign: spring, winter, gala; method: transfer, card, cheque", "recurring; anonymous", "donor, region"),
    _event("flight leg/flight", "departed at/flight date", "delay/lateness (minutes) ~avg; seats/seats sold; fuel burned (kg)",
           "cabin: economy, business, first; leg status: flown, diverted, scrubbed", "codeshare; overnight", "airport, aircraft"),
    _event("enrolment/registration", "enrolled on/enrolment date", "tuition/tuition fee (usd); credits/credit points; grade/mark ~avg",
           "term: autumn, spring, summer; mode: campus, online, evening", "scholarship; completed", "student, course"),
    _event("reading/measurement", "read at/measured at", "consumption/usage (kwh); pressure (bar) ~avg; temperature (c) ~avg",
           "sensor type: indoor, outdoor, duct; quality: good, suspect, bad", "estimated; alarm", "meter, site"),
    _event("stay/booking", "arrival date/check in date", "nights; room revenue/room income (eur); guests/number of guests",
           "room type: single, double, suite; channel: direct, agency, corporate", "breakfast; cancelled", "guest, hotel"),
    _event("claim", "filed on/claim date", "paid/payout (usd); reserve/reserved sum (usd); days open ~avg",
           "peril: fire, theft, storm; claim status: open, settled, denied", "litigated; fraud", "holder, region"),
    _event("work order/job", "completed at/completion date", "labour hours/hours worked; parts cost/material cost (eur)",
           "priority: low, medium, high; trade: plumbing, electrical, painting", "warranty; overdue", "technician, building"),
    _event("download", "downloaded at/download date", "size/volume (mb); wait/waiting time (seconds) ~avg",
           "platform: ios, android, windows; licence: trial, paid, academic", "resumed; failed", "user, app"),
    _event("shift", "worked on/shift date", "hours/hours worked; overtime/extra hours; wages/pay (usd)",
           "shift type: day, night, weekend; role: cook, waiter, host", "holiday; swapped", "employee, store"),
)  # fmt: skip

THINGS: dict[str, tuple[tuple[str, ...], tuple[Concept, ...]]] = {
    "customer": (("customer", "client", "buyer"), _qualities("segment/customer group: retail, wholesale, public; country/nation: Spain, Norway, Chile, Japan")),
    "product": (("product", "item"), _qualities("category/product group: toys, garden, books, audio; brand/make: Acme, Zenit, Orla")),
    "store": (("store", "shop", "outlet"), _qualities("format: kiosk, mall, flagship; city/town: Oslo, Porto, Graz")),
    "employee": (("employee", "staff member"), _qualities("department/division: logistics, finance, support; level/seniority: junior, senior, lead")),
    "patient": (("patient",), _qualities("gender/sex: female, male; insurance: public, private, none")),
    "doctor": (("doctor", "physician"), _qualities("specialism: cardiology, surgery, pediatrics")),
    "clinic": (("clinic", "practice"), _qualities("district: Old Town, Harbour, Hillside")),
    "depot": (("depot", "warehouse"), _qualities("region/area: north, south, coast")),
    "driver": (("driver",), _qualities("contract: full time, part time, freelance; home base: Lyon, Turin, Bonn")),
    "rider": (("rider", "passenger"), _qualities("membership: basic, premium, family")),
    "city": (("city", "town"), _qualities("country/nation: Spain, Norway, Chile, Japan")),
    "agent": (("agent", "operator"), _qualities("team/squad: red, blue, night crew; site: Delhi, Cork")),
    "site": (("site", "location"), _qualities("province/state: Alberta, Ontario, Quebec; site type: factory, office, shop")),
    "inspector": (("inspector",), _qualities("agency: federal, local, contracted")),
    "donor": (("donor", "giver"), _qualities("donor type: individual, company, foundation")),
    "region": (("region", "territory"), _qualities("zone: alpha, beta, gamma")),
    "airport": (("airport",), _qualities("country/nation: Spain, Norway, Chile, Japan")),
    "aircraft": (("aircraft", "plane"), _qualities("manufacturer/maker: Airbus, Boeing, Embraer")),
    "student": (("student", "pupil"), _qualities("faculty/school: arts, science, law; origin: domestic, exchange, international")),
    "course": (("course", "class"), _qualities("subject: algebra, history, robotics; language: English, German, Danish")),
    "meter": (("meter",), _qualities("meter type: smart, analogue, prepaid")),
    "guest": (("guest", "visitor"), _qualities("loyalty tier/tier: silver, gold, platinum")),
    "hotel": (("hotel",), _qualities("class/star class: budget, comfort, luxury; coast: east, west")),
    "holder": (("holder", "policyholder"), _qualities("age group/age band: young, middle, elderly")),
    "technician": (("technician", "mechanic"), _qualities("certification: bronze, silver, gold")),
    "building": (("building", "property"), _qualities("use: housing, school, hospital; owner/landlord: city, trust, investor")),
    "user": (("user", "account"), _qualities("plan/subscription: free, pro, team; locale: en, de, fr")),
    "app": (("app", "application"), _qualities("genre: puzzle, editor, fitness; publisher: Nimbus, Hexa")),
}  # fmt: skip
"""Name of a thing -> what it is called, and its qualities."""

ABSENT_MEASURES = ("carbon footprint", "customer satisfaction", "net promoter score", "gross margin", "churn rate", "shipping insurance",
                   "parking fees", "ad spend", "profit", "conversion rate", "bounce rate", "head office costs", "noise level",
                   "growth rate", "loyalty points", "commission", "water usage", "market share", "error rate")  # fmt: skip
ABSENT_QUALITIES = ("sales rep", "postcode", "eye colour", "weather", "marital status", "browser", "supplier", "time zone", "religion",
                    "pallet type", "competitor", "blood type", "shoe size", "account executive", "currency", "school district")  # fmt: skip
ABSENT_VALUES = ("lapsed", "Atlantis", "purple", "escalated", "Martian", "handmade", "submerged", "Timbuktu", "quarantined", "VIP",
                 "antique", "unverified", "bilingual", "gluten-free", "archived")  # fmt: skip
