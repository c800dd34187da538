"""Names, numbers, paths and addresses that fill the templates, drawn anew each time."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import yaml

WORDS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text())


class Filler:
    """Draws what stands in a template's slots; two drawings of one template share nothing that is a name."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def __call__(self, template: str) -> str:
        """The template with every slot filled.

        >>> Filler(Random(1))("{d} rows") != "{d} rows"
        True
        """
        names = "|".join(SLOTS)
        return re.sub(rf"\{{({names})\}}", lambda m: SLOTS[m[1]](self), template).replace("\\n", "\n")

    def pick(self, kind: str) -> str:
        """One word of a kind."""
        return self.rng.choice(WORDS[kind])

    def noun(self) -> str:
        """A thing, or in some cases a word that nobody knows."""
        if self.rng.random() < 0.15:
            parts = ("ba", "ko", "li", "mer", "nu", "pra", "so", "tek", "vi", "xo", "zan", "qui", "dor", "fel")
            return "".join(self.rng.choice(parts) for _ in range(self.rng.randint(2, 3)))
        return self.pick("subjects")

    def column(self) -> str:
        """A column's name."""
        name = self.rng.choice((
            f"{self.noun()}_{self.pick('qualities')}", self.noun(), f"{self.pick('qualities')}_{self.noun()}",
            f"{self.noun()}{self.pick('qualities').title()}", f"{self.noun()}_{self.noun()}_{self.pick('qualities')}",
        ))  # fmt: skip
        return name.upper() if self.rng.random() < 0.05 else name

    def table(self) -> str:
        """A table's or model's name."""
        before = self.rng.choice(("", "", "", "stg_", "int_", "fct_", "dim_", "raw_", "src__"))
        return f"{before}{self.noun()}{self.rng.choice(('s', '', '_daily', '_history', f's_{self.noun()}'))}"

    def path(self) -> str:
        """A whole path of a file with data."""
        ending = self.pick("endings")
        return f"/{'/'.join(self.folders())}/{self.table()}{self.rng.choice(('', '_2024', '-01'))}.{ending}"

    def folders(self) -> list[str]:
        """One to three folders."""
        return [self.rng.choice((self.pick("folders"), self.noun())) for _ in range(self.rng.randint(1, 3))]

    def host(self) -> str:
        """A host's name."""
        end = self.rng.choice((".example.com", ".internal", ".example.org", ".local", ".io", ""))
        return self.rng.choice((f"{self.rng.choice(('api', 'db', 'sftp', 'data'))}.{self.noun()}{end}", "localhost"))

    def url(self) -> str:
        """An address, now and then with a status or a word of another cause in it."""
        place = self.rng.choice((self.noun(), f"v{self.digit()}/{self.noun()}s", f"{self.noun()}/{self.number()}"))
        query = self.rng.choice(("", "", f"?page={self.digit()}", f"?token={self.hexadecimal()}"))
        return f"{self.rng.choice(('https', 'http'))}://{self.host()}/{place}{query}"

    def digit(self) -> str:
        """One digit."""
        return str(self.rng.randint(1, 9))

    def number(self) -> str:
        """A number of two to five digits."""
        return str(self.rng.randint(10, 10 ** self.rng.randint(2, 5)))

    def hexadecimal(self) -> str:
        """Ten hexadecimal digits."""
        return f"{self.rng.getrandbits(40):010x}"

    def uuid(self) -> str:
        """Thirty-two of them in groups."""
        found = f"{self.rng.getrandbits(128):032x}"
        return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"

    def value(self) -> str:
        """A value in somebody's data."""
        return self.rng.choice((
            f"{self.number()} {self.rng.choice(('EUR', 'USD', 'units', 'kg'))}", f"{self.number()},{self.digit()}",
            "n/a", "unknown", "-", self.noun(), f"{self.noun()} {self.noun()}", f"{self.digit()}/{self.digit()}/2024",
            f"{self.digit()}1.0{self.digit()}.2023", "", f"{self.noun().title()}.", self.column(),
        ))  # fmt: skip


SLOTS: dict[str, Callable[[Filler], str]] = {
    "bucket": lambda f: f"{f.noun()}-{f.pick('folders')}",
    "big": lambda f: str(f.rng.randint(10**5, 10**10)),
    "col": Filler.column, "col2": Filler.column, "COL": lambda f: f.column().upper(),
    "csv": lambda f: f"{f.table()}.{f.pick('endings')}",
    "d": Filler.digit,
    "date": lambda f: f"202{f.digit()}-0{f.digit()}-1{f.digit()}",
    "db": Filler.noun,
    "dir": lambda f: f"/{'/'.join(f.folders())}",
    "email": lambda f: f"{f.pick('people')}@{f.noun()}.example",
    "hex": Filler.hexadecimal, "hex2": lambda f: f"{f.rng.randint(128, 255):02x}",
    "host": Filler.host,
    "ip": lambda f: f"10.{f.rng.randint(0, 255)}.{f.rng.randint(0, 255)}.{f.digit()}",
    "macro": lambda f: f"{f.rng.choice(('get', 'to', 'clean', 'make', 'parse'))}_{f.noun()}",
    "MACRO": lambda f: f"{f.noun()}_{f.noun()}".upper(),
    "model": Filler.table, "model2": Filler.table,
    "modelid": lambda f: f"model.{f.noun()}.{f.table()}", "modelid2": lambda f: f"model.{f.noun()}.{f.table()}",
    "n": Filler.number,
    "op": lambda f: f.pick('operations'),
    "path": Filler.path,
    "pid": lambda f: str(f.rng.randint(200, 99999)),
    "port": lambda f: f.rng.choice(("5432", "3306", "443", "8080", str(f.rng.randint(1024, 65000)))),
    "project": Filler.noun,
    "py": lambda f: f"{f.noun()}.py",
    "region": lambda f: f.pick('places'),
    "rel": lambda f: f"{f.noun()}.{f.table()}",
    "schema": lambda f: f.rng.choice(("main", "public", "bronze", "raw", f.noun())),
    "sql": lambda f: f"models/{f.pick('folders')}/{f.table()}.sql",
    "sqlverb": lambda f: f.rng.choice(("INSERT", "CREATE TABLE", "UPDATE", "DELETE", "SELECT", "DROP")),
    "t": lambda f: f.rng.choice((f.noun()[:1], f.noun()[:3], f.noun())),
    "table": Filler.table,
    "token": lambda f: f"{f.hexadecimal()}{f.noun()}",
    "type": lambda f: f.pick('types'), "type2": lambda f: f.pick('types'),
    "url": Filler.url,
    "user": lambda f: f.rng.choice((f.pick('people'), f"svc_{f.noun()}", "postgres", "etl")),
    "uuid": Filler.uuid,
    "val": Filler.value,
    "word": Filler.noun, "WORD": lambda f: f.noun().upper(),
    "yml": lambda f: f"models/{f.pick('folders')}/_{f.noun()}__{f.rng.choice(('models', 'sources'))}.yml",
}  # fmt: skip
