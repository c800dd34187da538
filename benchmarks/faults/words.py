"""How a producer may call a column tomorrow: other words, other conventions, other languages."""

import re
from collections.abc import Callable

SYNONYMS = {
    "account": "client", "amount": "value", "arr": "arrival", "author": "writer", "birth": "born", "canceled": "ended",
    "carrier": "airline", "city": "town", "closed": "completed", "code": "symbol", "company": "organisation",
    "cost": "expense", "country": "nation", "created": "opened", "currency": "denomination", "customer": "client",
    "date": "day", "deal": "opportunity", "delay": "lateness", "dep": "departure", "department": "division",
    "dest": "destination", "distance": "length", "doctor": "physician", "due": "payable", "duration": "length",
    "email": "mail", "employees": "headcount", "fee": "charge", "first": "initial", "id": "identifier",
    "industry": "sector", "invoice": "bill", "issued": "raised", "kind": "type", "last": "latest", "method": "means",
    "minutes": "mins", "name": "label", "opened": "started", "order": "purchase", "origin": "departure_place",
    "owner": "holder", "paid": "settled", "patient": "person", "payment": "remittance", "plan": "tariff",
    "price": "rate", "priority": "urgency", "product": "item", "quantity": "units", "reason": "ground",
    "region": "area", "reply": "response", "satisfaction": "rating", "seats": "capacity", "segment": "group",
    "signup": "registration", "stage": "phase", "started": "begun", "state": "status", "status": "state",
    "subscription": "contract", "succeeded": "successful", "tax": "vat", "temp": "temperature", "ticket": "case",
    "time": "moment", "title": "heading", "total": "sum", "type": "kind", "updated": "modified", "user": "member",
    "value": "amount", "visit": "appointment", "year": "yr", "zip": "postal",
}  # fmt: skip
ABBREVIATIONS = {
    "account": "acct", "amount": "amt", "average": "avg", "category": "cat", "city": "cty", "code": "cd",
    "company": "co", "country": "ctry", "created": "crtd", "currency": "curr", "customer": "cust", "date": "dt",
    "delay": "dly", "department": "dept", "description": "desc", "destination": "dst", "distance": "dist",
    "doctor": "doc", "employees": "emps", "identifier": "id", "invoice": "inv", "manufacturer": "mfr",
    "message": "msg", "method": "mthd", "minutes": "min", "month": "mth", "name": "nm", "number": "num",
    "order": "ord", "origin": "orig", "patient": "pat", "payment": "pmt", "percent": "pct", "price": "prc",
    "priority": "prio", "product": "prod", "quantity": "qty", "region": "reg", "status": "sts",
    "subscription": "sub", "ticket": "tkt", "time": "tm", "total": "tot", "value": "val", "visit": "vst",
}  # fmt: skip
LANGUAGES = (
    {"amount": "betrag", "account": "konto", "carrier": "fluggesellschaft", "city": "stadt", "code": "code",
     "company": "firma", "country": "land", "created": "erstellt", "currency": "waehrung", "customer": "kunde",
     "date": "datum", "delay": "verspaetung", "distance": "entfernung", "doctor": "arzt", "email": "epost",
     "industry": "branche", "invoice": "rechnung", "name": "bezeichnung", "order": "bestellung", "paid": "bezahlt",
     "patient": "patient", "payment": "zahlung", "plan": "tarif", "price": "preis", "priority": "prioritaet",
     "product": "produkt", "quantity": "menge", "reason": "grund", "region": "gebiet", "seats": "sitze",
     "stage": "phase", "status": "zustand", "tax": "steuer", "time": "zeit", "total": "summe", "type": "art",
     "value": "wert", "visit": "besuch", "year": "jahr"},
    {"amount": "montant", "account": "compte", "carrier": "compagnie", "city": "ville", "company": "societe",
     "country": "pays", "created": "cree", "currency": "devise", "customer": "client", "date": "date",
     "delay": "retard", "distance": "distance", "doctor": "medecin", "invoice": "facture", "name": "nom",
     "order": "commande", "paid": "paye", "payment": "paiement", "price": "prix", "priority": "priorite",
     "product": "produit", "quantity": "quantite", "reason": "motif", "seats": "places", "stage": "etape",
     "status": "statut", "tax": "taxe", "time": "heure", "total": "total", "type": "genre", "value": "valeur",
     "visit": "visite", "year": "annee"},
    {"amount": "importe", "account": "cuenta", "city": "ciudad", "company": "empresa", "country": "pais",
     "currency": "moneda", "customer": "cliente", "date": "fecha", "delay": "retraso", "distance": "distancia",
     "doctor": "medico", "invoice": "factura", "name": "nombre", "order": "pedido", "payment": "pago",
     "price": "precio", "priority": "prioridad", "quantity": "cantidad", "reason": "motivo", "seats": "asientos",
     "status": "estado", "tax": "impuesto", "time": "hora", "type": "tipo", "value": "valor", "year": "ano"},
)  # fmt: skip

Style = Callable[[str, str, int], str]
"""Column, table and a number that chooses among equals -> another name for the column."""


def parts(name: str) -> list[str]:
    """The words of a name in any convention, in lower case.

    >>> parts("signupDate"), parts("order_id")
    (['signup', 'date'], ['order', 'id'])
    """
    return [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def joined(words: list[str], like: str) -> str:
    """Words put together by the convention of another name."""
    flat = [p for w in words for p in w.split("_")]
    if re.search(r"[a-z][A-Z]", like):
        return flat[0] + "".join(w.capitalize() for w in flat[1:])
    return "_".join(flat)


def _translated(glossary: dict[str, str]) -> Style:
    return lambda column, _table, _n: joined([glossary.get(w, w) for w in parts(column)], column)


def _language(column: str, _table: str, number: int) -> str:
    return joined([LANGUAGES[number % 3].get(w, w) for w in parts(column)], column)


def _convention(column: str, _table: str, _number: int) -> str:
    words = parts(column)
    if len(words) < 2:
        return column.upper() + "_"
    return (
        "_".join(words) if re.search(r"[a-z][A-Z]", column) else words[0] + "".join(w.capitalize() for w in words[1:])
    )


def _prefixed(column: str, table: str, _number: int) -> str:
    words, owner = parts(column), parts(table)[-1].removesuffix("s")
    return joined(["src" if owner in words else owner, *words], column if len(words) > 1 else "a_b")


STYLES: dict[str, Style] = {
    "synonym": _translated(SYNONYMS),
    "abbreviation": _translated(ABBREVIATIONS),
    "convention": _convention,
    "prefix": _prefixed,
    "language": _language,
}
