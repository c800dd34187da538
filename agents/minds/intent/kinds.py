"""Stems that say what kind of thing a column holds: money, parts of it, quantities, people, time. No schema's own."""

from agents.minds.intent.glossary import CURRENCIES
from agents.minds.intent.tokens import stem

MONEY = {stem(w) for w in (
    *CURRENCIES, "cent", "amount", "price", "cost", "revenue", "fee", "fare", "payment", "spend",
    "salary", "premium", "sale", "income", "budget", "value", "total", "payout", "paid",
)}  # fmt: skip
"""Stems of columns that a sum of money may be about."""
MONEYED = MONEY | {
    stem(w) for w in ("premium", "fine", "tip", "charge", "usd", "eur", "gbp", "euros", "quantity", "units")
}
"""Stems of columns that hold money, or how much was traded: never as many as there are of something else."""
WORTH = {stem(w) for w in (
    "amount", "value", "total", "revenue", "payment", "paid", "fare", "fee", "sales", "charge", "bill", "gross", "usd",
    "eur", "gbp", "turnover", "income", "payout", "spend",
)}  # fmt: skip
"""Stems of columns that say what an event was worth."""
SPENT = {
    stem(w) for w in ("spend", "cost", "expense", "payout", "tax", "discount", "refund", "wage", "salary", "budget")
}
"""Stems of columns that are no income."""
PARTS = {
    stem(w) for w in ("fine", "tip", "tax", "vat", "discount", "refund", "deposit", "penalty", "copay", "shipping",
                      "surcharge", "commission", "insurance", "rebate", "gratuity")
}  # fmt: skip
"""Stems of columns that hold a part of what an event was worth, or what was added to it."""
PRICES = {stem("price")}
EACH = {stem(w) for w in ("unit", "per", "each", "list", "cost", "purchase", "purch", "recommended", "average", "old")}
"""Stems of prices that nobody paid as they are."""
FEES = {stem(w) for w in ("fee", "charge", "premium")}
"""Stems of what somebody charges beside a price."""
AIMED = {stem(w) for w in ("target", "goal", "budget", "plan", "planned", "forecast", "limit", "expected", "quota")}
"""Stems of figures that are wished for and not there yet."""
TOTALS = {stem(w) for w in ("total", "gross", "amount")}
"""Of several such columns, those that hold all of it."""

VALUES = {stem(w) for w in ("value", "amount", "total", "reading", "result")}
"""Of several columns, those that hold what a row found, so that a bare `above 7` is of them."""

INTENSIVE = {stem(w) for w in (
    "price", "rate", "ratio", "percent", "percentage", "share", "score", "rating", "temperature", "age", "speed",
    "pressure", "humidity", "grade", "average", "mean", "level", "index", "height", "balance", "density", "ph",
    "capacity", "margin", "latency", "moisture", "gpa", "stars", "rank", "year", "latitude", "longitude",
    "satisfaction", "csat", "nps", "progress", "vintage", "edition",
    "probability", "utilization", "occupancy", "velocity", "signal", "strength",
)}  # fmt: skip
"""Stems of columns that are averaged and not added up where the request does not say."""

EXTREMES = {"maximum": "max", "minimum": "min"}
"""First words of columns that are extremes already, and stay so."""
ADDED = {stem(w) for w in ("paid", "total", "amount", "outstanding", "due", "principal")}
"""Stems that make of a price what is added up (`price_paid`, `total_price`)."""
AVERAGED = {stem(w) for w in ("rate", "ratio", "percent", "percentage", "score", "temperature", "satisfaction")}
"""The same, where they stand in a description."""
MASS = {stem(w) for w in (
    "usage", "consumption", "production", "rainfall", "attendance", "traffic", "spend", "spending", "revenue", "stock",
    "inventory", "output", "generation", "income",
    "yield", "waste", "water", "energy", "electricity", "freight", "cargo",
)}  # fmt: skip
"""Stems of table names whose rows nobody counts."""

GENERIC = {stem(w) for w in ("type", "category", "kind", "name", "group", "class", "level")}
"""Stems that only repeat what a column's name says (`membership type`)."""

THINGS = {stem(w) for w in (
    "machine", "car", "vehicle", "event", "unit", "item", "device", "job", "case", "model", "asset", "product",
    "customer", "client",
    "person", "people", "company", "firm", "site", "place", "account", "member", "user", "task", "type", "category",
    "version",
)}  # fmt: skip
"""Stems that say no more than what a value before them is of: `Nordex machines`, `blade jobs`."""

NUMBERS = {stem(w) for w in ("identifier", "id", "number", "no", "code", "key", "reference")}
"""Stems of columns that tell one thing from another."""

PLAIN = {stem(w) for w in ("count", "number", "quantity")}
"""Stems that make of a thing the figure of it and nothing else: `msg_cnt` are the messages."""

TRADED = {"sold", "bought", "ordered", "purchased", "shipped", "delivered", "returned"}
"""Words after things of which a row may hold several."""
QUANTITIES = {stem(w) for w in ("quantity", "units", "pieces", "volume")}
"""Stems of columns that say how many."""

LASTING = {stem(w) for w in (
    "duration", "time", "wait", "waiting", "latency", "delay", "minute", "minutes", "hours", "seconds", "days", "lead",
)}  # fmt: skip
"""Stems of figures that say how long something took."""

PACES = {"longest", "shortest", "slowest", "fastest", "quickest"}
"""Superlatives of how long something takes, which is compared by its average."""

PEOPLE = {"people", "persons", "individuals"}
PERSONS = {stem(w) for w in (
    "customer", "client", "user", "account", "member", "patient", "student", "person", "employee", "guest", "visitor",
    "subscriber", "donor", "player", "passenger", "driver", "reader", "learner", "candidate", "applicant", "buyer",
    "listener", "resident", "tenant", "rider", "attendee", "participant",
)}  # fmt: skip
"""Stems of keys that tell people apart."""
STAFF = {stem(w) for w in (
    "agent", "worker", "technician", "nurse", "doctor", "teacher", "trainer", "courier", "volunteer", "seller", "staff",
)}  # fmt: skip
"""The same of those who do the work: of `people` they are meant where nobody else can be."""

CLASSES = {
    stem(w) for w in ("type", "category", "kind", "class", "group", "tier", "level", "status", "band", "variety")
}
"""Stems of columns that sort things and do not tell one from another."""

MEASURED = {stem(w) for w in ("reading", "measurement", "level", "content", "figure", "value", "amount")}
"""Stems that add nothing to a measure (`sugar reading`)."""

PAST = {
    "ran", "went", "took", "gave", "rode", "drove", "flew", "wrote", "began", "came", "fell", "rose", "sat", "stood",
    "bought", "paid", "left", "made", "spent", "sent", "won", "lost", "read", "did", "got", "met", "saw", "sold",
}  # fmt: skip
"""Verbs in the past that do not end in -ed."""
JOINED = {"joined", "signed", "registered", "subscribed", "enrolled", "started", "created", "added", "opened", "hired",
          "began", "came", "onboarded", "acquired", "based", "located", "called", "named"}  # fmt: skip
"""Verbs of how somebody came to be among the others, or is."""
ASKED = {"where", "who", "whom", "whose", "what", "which", "when", "how", "why"}
"""Words after `by` that say no column: `by where they came from`."""
STATES = {"new", "newly", "completed", "complete", "running", "live", "living", "first", "last", "latest", "earliest",
          "next", "previous", "current", "existing"}  # fmt: skip
"""Words that say which rows are meant where they stand before them, and nothing elsewhere (`running total`)."""
READ = {stem(w) for w in ("value", "reading", "result", "measurement")}
"""Last stems of columns that hold what was measured, of whatever another column says."""
SPANS = {"days", "weeks", "months", "quarters", "years", "hours", "minutes", "seconds", "nights"}
"""Stretches of time: how many of them is no number of rows."""
