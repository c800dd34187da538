"""A project of over a hundred plain models, written at run time: what the size of a project costs."""

from pathlib import Path

import duckdb

AREAS = ("sales", "stock", "web", "staff")
ENTITIES = ("orders", "items", "returns", "visits", "targets", "sites", "people", "prices", "events", "notes")
KINDS = ("north", "south", "east", "west")


def write(repo: Path) -> Path:
    """40 staging models, 40 in between, 28 marts, and their tests."""
    files = {
        "dbt_project.yml": "name: wide\nversion: '1.0'\nprofile: wide\n"
        "models:\n  wide:\n    staging: {+materialized: view}\n"
        "    between: {+materialized: view}\n    marts: {+materialized: table}\n",
        "profiles.yml": "wide:\n  target: dev\n  outputs:\n"
        "    dev: {type: duckdb, path: wide.duckdb, schema: main, threads: 2}\n",
        ".gitignore": "*.duckdb*\n/target/\n/logs/\n.user.yml\n",
    }
    for area in AREAS:
        files |= _area(area)
    for path, text in files.items():
        file = repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return repo


def _area(area: str) -> dict[str, str]:
    tables = "\n".join(f"      - name: {e}" for e in ENTITIES)
    files = {
        f"models/staging/{area}/_sources.yml": f"sources:\n  - name: {area}\n    schema: raw_{area}\n"
        f"    tables:\n{tables}\n"
    }
    tests = ["models:"]
    for entity in ENTITIES:
        key = f"{entity.removesuffix('s')}_id"
        files[f"models/staging/{area}/stg_{area}__{entity}.sql"] = (
            f"select\n    {key},\n    site_code,\n    booked_on,\n    amount,\n    kind,\n    quantity\n"
            f"from {{{{ source('{area}', '{entity}') }}}}\n"
        )
        files[f"models/between/{area}/int_{area}_{entity}_valued.sql"] = (
            f"select\n    s.{key},\n    s.site_code,\n    s.booked_on,\n    s.kind,\n"
            f"    s.amount * s.quantity as value\n"
            f"from {{{{ ref('stg_{area}__{entity}') }}}} as s\nwhere s.quantity > 1\n"
        )
        tests.append(f"  - name: stg_{area}__{entity}\n    columns: [{{name: {key}, data_tests: [unique, not_null]}}]")
    files[f"models/staging/{area}/_staging.yml"] = "\n".join(tests) + "\n"
    for one, other in zip(ENTITIES[:7], ENTITIES[3:], strict=True):
        files[f"models/marts/{area}/{area}_{one}_against_{other}.sql"] = _mart(area, one, other)
    return files


def _mart(area: str, one: str, other: str) -> str:
    return f"""with mine as (
    select site_code, kind, count(*) as {one}_count, sum(value) as {one}_value
    from {{{{ ref('int_{area}_{one}_valued') }}}}
    group by site_code, kind
),

theirs as (
    select site_code, kind, sum(value) as {other}_value, max(booked_on) as last_on
    from {{{{ ref('int_{area}_{other}_valued') }}}}
    group by site_code, kind
)

select
    m.site_code,
    m.kind,
    m.{one}_count,
    m.{one}_value,
    t.{other}_value,
    t.last_on
from mine as m
left join theirs as t on t.site_code = m.site_code and t.kind = m.kind
"""


def load(file: Path, day: int) -> None:
    """1,000 rows a table on day 1, 3% more and a few corrections on day 2."""
    rows = 1000 if day == 1 else 1030
    kinds = ", ".join(f"'{k}'" for k in KINDS)
    with duckdb.connect(str(file)) as db:
        for a, area in enumerate(AREAS):
            db.execute(f"create schema if not exists raw_{area}")
            for e, entity in enumerate(ENTITIES):
                salt = a * 10 + e + 1
                db.execute(
                    f"create or replace table raw_{area}.{entity} as "
                    f"select {salt} * 1000000 + i as {entity.removesuffix('s')}_id, "
                    f"'site-' || lpad((hash(i * {salt}) % 40)::varchar, 3, '0') as site_code, "
                    f"date '2025-01-01' + (i * 250 // 1000)::int as booked_on, "
                    f"round(1 + (hash(i * 7 + {salt}) % 90000) / 100.0, 2) as amount, "
                    f"[{kinds}][1 + (hash(i * 11 + {salt}) % 4)::int] as kind, "
                    f"case when {day} = 2 and i % 97 = 5 then 9 "
                    f"else (1 + hash(i * 13 + {salt}) % 8)::int end as quantity "
                    f"from range({rows}) as t(i)"
                )
