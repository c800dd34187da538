"""General words: which mean the same, which say what to do with a column, and which say nothing. No schema's own."""

from agents.minds.intent.tokens import root, stem
from agents.names import words

_SAME = (
    "revenue sales turnover income takings earnings proceeds receipts",
    "amount value total sum",
    "sell sales",
    "earn revenue income earnings",
    "spend spending cost expense expenditure outlay spent",
    "cost expense price charge fee",
    "price fare rate cost tariff",
    "pay payment paid",
    "wage salary pay compensation",
    "customer client buyer shopper consumer",
    "customer user subscriber member guest",
    "pay cost spend",
    "user member account subscriber player",
    "employee staff worker personnel",
    "person people individual",
    "student pupil learner",
    "teacher instructor tutor lecturer",
    "doctor physician clinician practitioner",
    "patient case",
    "supplier vendor provider",
    "manufacturer maker producer brand make",
    "company firm business organization corporation",
    "shop store outlet branch location",
    "location place site",
    "region area zone territory",
    "district borough neighborhood area",
    "city town",
    "state province",
    "country nation",
    "category kind type class",
    "category group family",
    "segment group tier",
    "department division unit",
    "product item article sku goods",
    "order purchase",
    "purchase buy bought",
    "shipment delivery parcel package consignment",
    "quantity volume units",
    "count number",
    "weight mass heavy",
    "duration length time long",
    "distance mileage length",
    "height tall high",
    "age old",
    "size area",
    "speed velocity fast",
    "score mark grade points result",
    "rating stars score review",
    "rank position place",
    "status state stage",
    "date day time",
    "start begin open launch",
    "end finish close complete",
    "create open raise file submit log",
    "register signup join enroll enrolment",
    "trip ride journey",
    "vehicle car fleet",
    "driver chauffeur",
    "flight plane",
    "visit appointment encounter",
    "admission stay hospitalization",
    "loan borrowing checkout",
    "borrow loan checkout lend",
    "borrower member patron reader",
    "author writer",
    "film movie",
    "song track",
    "game match fixture",
    "team club side",
    "goal score",
    "claim case",
    "premium price",
    "policy contract plan",
    "plan tariff subscription package",
    "ticket issue case request",
    "agent representative rep",
    "channel medium",
    "device handset phone",
    "call phone",
    "click tap",
    "impression view",
    "campaign ad advertisement",
    "money cash",
    "discount rebate reduction",
    "return refund",
    "tax vat",
    "profit margin gain",
    "loss damage",
    "temperature hot warm cold heat",
    "rain rainfall precipitation",
    "energy power electricity consumption",
    "consumption usage use used consume",
    "generate produce production generation output",
    "yield harvest production output",
    "crop harvest",
    "farm field holding",
    "stock inventory",
    "warehouse depot",
    "passenger rider traveller",
    "stop station",
    "line route",
    "delay late",
    "gender sex",
    "job role position title occupation",
    "name title",
    "description text comment note",
    "language tongue",
    "platform system",
    "session visit play",
    "message text sms",
    "reason cause",
    "method mode way",
    "bed room",
    "origin source start departure from",
    "destination target arrival to",
    "percent share rate ratio proportion",
    "budget allowance",
    "manager supervisor lead",
    "average mean",
    "error fault failure",
    "incident event accident",
    "hire recruit employ",
    "quit leave exit terminate",
    "website site web",
    "page url",
    "penalty fine sanction",
    "payout paid payment settlement disbursement",
    "job task work assignment",
    "check inspection audit examination",
    "test exam examination assessment",
    "freight shipping transport haulage carriage",
    "mechanic technician engineer",
    "lateness delay late overdue tardiness",
    "wait waiting queue hold",
    "material part component supply",
    "scrap waste reject rejected",
    "landlord owner proprietor",
    "tenant renter lessee occupant",
    "lease rental rent tenancy",
    "house home property dwelling residence",
    "flat apartment unit",
    "guest visitor attendee",
    "reservation booking stay",
    "team squad crew",
    "agent operator representative",
    "registration enrollment application signup",
    "hotel property accommodation",
    "menu dish meal food",
    "waiter server",
    "bill check invoice",
    "gratuity tip",
    "stay night",
    "headcount employee staff",
    "absence leave sick vacation holiday",
    "salary pay wage compensation earnings",
    "bonus incentive",
    "contract agreement employment",
    "recruit hire join",
    "candidate applicant",
    "vacancy position opening",
    "training course class lesson",
    "subject topic course discipline",
    "school college university faculty",
    "exam test",
    "fee tuition charge",
    "transaction payment transfer",
    "deposit credit payment",
    "withdrawal debit",
    "bank branch",
    "interest yield",
    "lender creditor",
    "merchant retailer seller vendor shop",
    "fraud scam",
    "card payment",
    "aircraft plane airplane jet",
    "airline carrier operator",
    "airport terminal",
    "bus coach vehicle",
    "fare ticket",
    "passenger ridership rider boarding",
    "truck lorry vehicle",
    "fuel gas petrol",
    "cargo load freight",
    "port harbor",
    "ship vessel boat",
    "courier carrier shipper",
    "parcel item package shipment",
    "stock quantity inventory",
    "outage failure interruption blackout downtime",
    "downtime outage stoppage minutes",
    "machine equipment asset device",
    "plant factory facility site",
    "batch lot run",
    "produce make output manufacture",
    "defect fault flaw error bug",
    "sensor device meter",
    "reading measurement observation record",
    "humidity moisture",
    "wind gust",
    "snow snowfall",
    "animal pet livestock",
    "plant crop",
    "fertilizer treatment spray",
    "disease illness condition diagnosis",
    "medicine drug medication prescription",
    "surgery operation procedure",
    "hospital clinic facility",
    "ward unit department",
    "nurse caregiver",
    "treatment therapy procedure",
    "symptom complaint",
    "issue problem ticket",
    "support help service",
    "reply response answer",
    "resolve solve close fix",
    "resolution solution",
    "csat satisfaction",
    "open unresolved active",
    "request inquiry enquiry ticket",
    "mail email",
    "visitor visit traffic",
    "view impression pageview",
    "lead prospect",
    "deal opportunity",
    "offer quote proposal bid",
    "play stream listen listening",
    "listener audience",
    "viewer watcher audience",
    "watch view stream",
    "show program series",
    "episode part",
    "artist musician performer singer band",
    "album record",
    "book title volume",
    "publisher press",
    "reader subscriber",
    "donation gift contribution",
    "donor giver contributor benefactor",
    "exhibition show exhibit",
    "museum gallery",
    "concert event show performance",
    "attendance visitor spectator crowd audience attendee",
    "player athlete",
    "coach trainer",
    "stadium venue arena ground",
    "venue place hall location",
    "win victory",
    "season year",
    "tournament competition league cup",
    "level stage",
    "item object",
    "quest mission",
    "crash fault failure",
    "login signin access",
    "install download",
    "app application",
    "version release",
    "browser client",
    "tier level rank",
    "supporter member fan",
    "household home family",
    "citizen resident inhabitant",
    "population inhabitant people",
    "crime offence incident",
    "officer agent",
    "permit licence license",
    "election vote ballot",
    "vote ballot",
    "waste garbage trash rubbish",
    "recycling recycle",
    "emission co2 carbon",
    "surface area size footage",
    "bedroom room",
    "bid offer",
    "broker agent intermediary realtor",
    "listing advert property ad",
    "viewing visit showing",
    "excess deductible",
    "insured policyholder holder customer",
    "coverage cover policy",
    "benefit payout",
    "refund return reimbursement chargeback",
    "cancel cancellation abort void",
    "cart basket",
    "coupon voucher promo promotion discount",
    "shelf rack",
    "aisle section",
    "till register checkout",
    "cashier clerk",
    "storage warehouse depot",
    "pick collect",
    "shift turn",
    "overtime extra",
    "hour time",
    "minute time duration",
    "second time duration",
    "wage hourly",
    "due owe outstanding debt",
    "balance outstanding",
    "debt liability loan credit",
    "asset holding",
    "fund portfolio",
    "share stock equity",
    "trade transaction deal",
    "trader dealer",
    "rate tariff",
    "bandwidth throughput speed",
    "data traffic usage volume",
    "network carrier",
    "tower cell mast site",
    "handset phone device",
    "message sms text",
    "call conversation",
    "answer pickup",
    "drop abandon",
)
"""Words that may stand for one another; a word may be in several lines, and likeness does not go from line to line."""

_MONEY = "revenue sales turnover income earnings spend spending cost price fee payment pay earn paid expense expenditure"
"""Of these a column `amount` or `total` may be meant, where none is named better."""

_NEAR: dict[str, set[str]] = {}
for _line in _SAME:
    _stems = {stem(w) for w in _line.split()}
    for _one in _stems:
        _NEAR.setdefault(_one, set()).update(_stems - {_one})


_AMOUNTS = {stem("amount"), stem("total")}
MONEYS = {stem(w) for w in _MONEY.split()}
"""Stems that say money and nothing more where a column of money is already meant."""


def likeness(said: str, named: str) -> float:
    """How surely a stem of a request means a stem of a name.

    1 the same, 0.9 the same root, 0.75 a synonym, 0.6 money for an amount, else 0.
    """
    if said == named:
        return 1.0
    if len(said) > 3 and len(named) > 3 and root(said) == root(named):
        return 0.9
    if len(named) > 4 and len(said) > len(named) + 1 and said.startswith(named):
        return 0.85
    if named in _NEAR.get(said, ()):
        return 0.75
    if said in MONEYS and named in _AMOUNTS:
        return 0.6
    return 0.0


ABBREVIATIONS = {
    "amount": ("amt", "amnt"), "transaction": ("txn", "trx", "trans"), "account": ("acc", "accts"), "duration": ("dur",),
    "name": ("nm",), "flag": ("flg",), "employee": ("emp", "empl"), "manager": ("mgr",), "revenue": ("rev",),
    "total": ("tot", "ttl"), "distance": ("dist",), "location": ("loc",), "user": ("usr",), "payment": ("pmt", "pymt"),
    "invoice": ("inv",), "balance": ("bal",), "country": ("ctry", "cntry"), "status": ("stat", "sts"),
    "type": ("typ",), "group": ("grp",), "telephone": ("tel",), "vehicle": ("veh",), "passengers": ("pax",),
    "channel": ("chan", "chnl"), "impressions": ("impr", "imps"), "conversions": ("conv", "convs"),
    "speed": ("spd",), "level": ("lvl",), "room": ("rm",), "discount": ("disc",), "service": ("svc", "serv"),
    "month": ("mth", "mnth"), "week": ("wk",), "hours": ("hrs",), "minutes": ("mins",), "seconds": ("secs",),
    "price": ("prc",), "product": ("prd",), "region": ("reg", "rgn"), "warehouse": ("wh", "whs"), "order": ("ord",),
    "shipment": ("shp", "shpmt"), "supplier": ("supp",), "inventory": ("invt",), "appointment": ("appt",),
    "patient": ("pat", "pt"), "doctor": ("doc",), "diagnosis": ("diag",), "consumption": ("cons",),
    "subscriber": ("subscr",), "subscription": ("subs",), "campaign": ("camp", "cmp"), "percent": ("perc",),
    "registration": ("regn",), "gender": ("gndr",), "stock": ("stk",), "unit": ("unt",),
    "received": ("rcvd", "recv"), "delivery": ("deliv", "dlv", "dlvry"), "session": ("sess",), "message": ("msg",),
    "number": ("nr",), "position": ("pos",), "population": ("pop",), "purchase": ("purch",),
}  # fmt: skip
"""Word -> how names of columns shorten it, beyond what `agents.names` spells out."""
_SPELLED = {short: word for word, shorts in ABBREVIATIONS.items() for short in shorts} | {"org": "organisation"}


def named_words(name: str) -> tuple[str, ...]:
    """The words of a name, spelled out."""
    return tuple(_SPELLED.get(w, w) for w in words(name))


AGGREGATIONS = {
    "total": "sum", "sum": "sum", "overall": "sum", "combined": "sum", "cumulative": "sum", "altogether": "sum",
    "average": "avg", "avg": "avg", "mean": "avg", "typical": "avg", "typically": "avg",
    "median": "median",
    "maximum": "max", "max": "max", "highest": "max", "largest": "max", "biggest": "max", "longest": "max",
    "greatest": "max", "peak": "max", "most expensive": "max", "latest": "max", "top": "max", "oldest": "max",
    "heaviest": "max", "fastest": "max",
    "minimum": "min", "min": "min", "lowest": "min", "smallest": "min", "shortest": "min", "cheapest": "min",
    "earliest": "min", "least": "min", "youngest": "min", "slowest": "min", "lightest": "min",
}  # fmt: skip
"""Word -> aggregation."""
SUPERLATIVES = {"highest", "largest", "biggest", "longest", "greatest", "lowest", "smallest", "shortest", "most",
                "fewest", "least", "cheapest", "best", "worst", "top", "bottom", "oldest", "youngest", "heaviest",
                "fastest", "slowest", "leading"}  # fmt: skip
ASCENDING = {"bottom", "lowest", "smallest", "shortest", "fewest", "least", "cheapest", "worst", "youngest", "slowest",
             "lightest"}  # fmt: skip
ADJECTIVES = {
    "longer": ("duration", "length", "time"), "shorter": ("duration", "length", "time"), "older": ("age",),
    "younger": ("age",), "heavier": ("weight",), "lighter": ("weight",), "cheaper": ("price", "cost", "fare"),
    "pricier": ("price",), "expensive": ("price", "cost"), "faster": ("speed",), "slower": ("speed",),
    "larger": ("size", "area", "amount"), "bigger": ("size", "area", "amount"), "smaller": ("size", "area", "amount"),
    "hotter": ("temperature",), "warmer": ("temperature",), "colder": ("temperature",), "taller": ("height",),
    "longest": ("duration", "length", "time"), "shortest": ("duration", "length", "time"), "oldest": ("age",),
    "youngest": ("age",), "heaviest": ("weight",), "cheapest": ("price", "cost", "fare"), "fastest": ("speed",),
    "slowest": ("speed",), "biggest": ("amount", "total", "value", "size", "area"), "largest": ("amount", "total", "value", "size", "area"),
    "smallest": ("amount", "total", "value", "size", "area"), "hottest": ("temperature",), "coldest": ("temperature",), "tallest": ("height",),
}  # fmt: skip
"""Comparative or superlative -> the words of a column that it may be about."""
LESS = {"shorter", "younger", "lighter", "cheaper", "slower", "smaller", "colder", "less", "fewer", "lower", "earlier"}

UNITS = {
    "usd": "dollar", "eur": "euro", "gbp": "pound", "cents": "cent", "kg": "kilogram", "kgs": "kilogram",
    "kilos": "kilogram", "kilo": "kilogram", "g": "gram", "t": "tonne", "ton": "tonne", "tons": "tonne", "km": "kilometer",
    "kms": "kilometer", "m": "meter", "mi": "mile", "min": "minute", "mins": "minute", "minutes": "minute",
    "hrs": "hour", "hr": "hour", "h": "hour", "s": "second", "sec": "second", "secs": "second", "ms": "millisecond",
    "kwh": "kwh", "mwh": "mwh", "kw": "kw", "mw": "mw", "gb": "gigabyte", "mb": "megabyte", "tb": "terabyte",
    "ha": "hectare", "pct": "percent", "percent": "percent", "percentage": "percent", "mm": "millimeter",
    "c": "celsius", "celsius": "celsius", "degrees": "degree", "l": "liter", "bytes": "byte", "mph": "mph", "kmh": "kmh", "kmph": "kmh",
    "dollars": "dollar", "euros": "euro", "pounds": "pound", "days": "day", "hours": "hour", "weeks": "week",
    "seconds": "second", "years": "year", "miles": "mile", "metres": "meter", "meters": "meter", "tonnes": "tonne",
    "litres": "liter", "liters": "liter", "hectares": "hectare", "kilometers": "kilometer", "kilometres": "kilometer",
    "minute": "minute", "hour": "hour", "day": "day", "second": "second", "year": "year", "month": "month",
    "months": "month", "euro": "euro", "dollar": "dollar", "pence": "penny", "bucks": "dollar", "pounds sterling": "pound",
    "acres": "acre", "acre": "acre", "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip
"""Ways to write a unit -> the unit."""
MONEY = {"dollar", "euro", "pound", "cent", "amount", "price", "cost", "revenue", "fee", "fare", "payment", "spend",
         "salary", "premium", "sale", "income", "budget", "value", "total", "payout", "paid"}  # fmt: skip

MONEYED = {stem(w) for w in MONEY} | {stem(w) for w in ("premium", "fine", "tip", "charge", "usd", "eur", "gbp", "euros", "quantity", "units")}
"""Stems of columns that hold money."""

INTENSIVE = {stem(w) for w in (
    "price", "rate", "ratio", "percent", "percentage", "share", "score", "rating", "temperature", "age", "speed",
    "pressure", "humidity", "grade", "average", "mean", "level", "index", "height", "balance", "density", "ph",
    "capacity", "margin", "latency", "moisture", "gpa", "stars", "rank", "year", "lat", "latitude", "longitude",
    "satisfaction", "probability", "utilization", "occupancy", "velocity", "signal", "strength",
)}  # fmt: skip
"""Stems of columns that are averaged and not added up where the request does not say."""

AVERAGED = {stem(w) for w in ("rate", "ratio", "percent", "percentage", "score", "temperature")}
"""The same, where they stand in a description."""
MASS = {stem(w) for w in (
    "usage", "consumption", "production", "rainfall", "attendance", "traffic", "spend", "spending", "revenue", "stock",
    "inventory", "output", "generation", "income",
)}  # fmt: skip
"""Stems of table names whose rows nobody counts."""

GENERIC = {stem(w) for w in ("type", "category", "kind", "name", "group", "class", "level")}
"""Stems that only repeat what a column's name says (`membership type`)."""

FILLER = {stem(w) for w in """
a an the of to in on at for from with and or by per is are was were be been being am do does did done have has had
having i me my we us our you your it its they them their he she his her this that these those there here what which who whom
whose when where why how much many show shown give given get got list display tell find see view want wants wanted need
needs needed like would could can should will shall may might please pls thanks thank hi hello hey ok just only also
as than then so such some any all every each both either neither no not nor but if into onto within during over under
about around between across among along through throughout up down out off again further once more most other same
let lets make made take calculate compute determine know report reports reported reporting figure figures number numbers data stat stats statistics
info information detail details breakdown broken break split grouped group groups grouping sorted sort ordered ranked rank
ranking order chart plot graph table dashboard overview summary summarise summarize analysis analyse analyze trend trends trending time
pull fetch look looking interested question curious wondering wonder quick quickly currently now current ever yet still already
happen happened happening come came go went going look looks looked work works performing performed perform performance doing
well good bad better best worst top bottom highest lowest first last next previous total sum average avg mean median maximum
minimum max min count counts amount overall respectively individual individually separately separate different distinct unique
various certain particular specific given respective corresponding based according terms term basis entire whole full complete
set results result output answer value values record records recorded row rows entries entry instances instance cases level
less least few fewer many several exactly precisely roughly approximately at-least greater higher lower above below equal equals
exceed exceeding excluding except without exclude ignore ignoring including include included involving involve contain containing
named called labelled labeled labeled marked flagged belonging belong related associated concerning regarding respect using used use via
one ones thing things people together apart side against versus vs compare compared comparison comparing difference
descending ascending desc asc alphabetically alphabetical date dates period periods range since until till before after ago
year years month months week weeks day days hour hours quarter quarters hourly daily weekly monthly quarterly yearly annual
lot lots bit kindly could'd i'd i'm what's how's who's where's that's it's let's don't didn't isn't aren't wasn't
ask asking say says said think run running exist exists available us bring brought put keep hold seen due because drove drive driven generate generated collect collected receive received achieve achieved
send sent sold bought own owns fell fall fallen new newly live lives lived handle handled carry carries carried serve served process processed contribute contributed account cause caused
belong fall register registered log logged record obtain host run attract deal involve stand sit supply
place placed took occur occurred their there's our's per-capita across-the-board far date-range actual actually really
""".split()}  # fmt: skip
"""Stems that may stand in a request without saying anything about a column."""
BEYOND = {stem(w) for w in """
growth grow grew increase increased decrease decreased decline declined change changed percentage percent proportion share
ratio correlation correlate forecast predict prediction projected expected why cumulative running rolling moving variance
deviation percentile histogram outlier outliers anomaly anomalies conversion churn retention cohort margin
""".split()}  # fmt: skip
"""Stems of what an intent cannot say (growth, shares, forecasts), unless a column is of that name."""
