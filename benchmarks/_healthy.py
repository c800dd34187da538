"""A small business that does well for a year: what its tables look like at the end of each week.

Seasons, growth, updates, deletions on request, price rises, queues, a window that rolls, drops that are appended,
rates and stocks in which every number moves. Nothing in it is a fault.
"""

import subprocess
from pathlib import Path

import duckdb

from agents.build import dbt_build
from agents.project import Project, open_project

TABLES = {
    # Delivered whole: states move forward, late corrections, a currency that is always the same.
    "orders": """
        select i as order_id, (hash(i, $seed) % (50 + i // 8))::int as customer_id,
            1 + (hash(i, $seed, 'p') % 60)::int as product_id,
            timestamp '2024-01-01' + interval (i * 7 * 24 * 60 // per_week) minute as ordered_at,
            case when age < 1 and hash(i, 's') % 2 = 0 then 'new' when age < 2 then 'paid'
                 when hash(i, 'r') % 40 = 0 then 'returned' when age < 4 then 'shipped' else 'delivered' end as status,
            round((20 + hash(i, $seed, 'a') % 18000 / 100.0) * (1 + 0.4 * sin(i / per_week / 52 * 6.28)), 2) as amount,
            round(amount * 0.19, 2) as tax, 'EUR' as currency,
            if(age < 2, null, ordered_at + interval (hash(i, 'd') % 100) hour) as shipped_at,
            if(hash(i, 'c') % 9 = 0, 'SALE' || ($week // 8), null) as coupon, $loaded as _loaded_at
        from (select i, 120.0 as per_week, $week - i / 120.0 as age from range(0, 120 * $week) t(i))
        where hash(i, 'gone') % 300 > 0 or age < 3""",
    # Updates, deletions on request, a loyalty tier that only rises, a new channel from the middle of the year.
    "customers": """
        select i as customer_id, 'C' || lpad(i::varchar, 6, '0') as customer_code,
            ['Oslo', 'Rome', 'Bonn', 'Wien'][1 + ((hash(i) + if(hash(i, $week // 9) % 30 = 0, 1, 0)) % 4)::int] as city,
            ['none', 'silver', 'gold'][least(3, 1 + (($week - i / 8) / 15 * (hash(i, 't') % 100) / 100)::int)] as tier,
            if(i > 220 and hash(i, 'ch') % 3 = 0, 'app', ['web', 'shop'][1 + (hash(i, 'ch') % 2)::int]) as channel,
            (hash(i, 'pts') % 50 * ($week - i / 8.0))::int as points,
            hash(i || 'mail' || if(i % 9 = 0, $week // 9, 0)) % 3 = 0 as opted_in,
            timestamp '2024-01-01' + interval (i * 20) hour as created_at, $loaded as _loaded_at
        from range(0, 50 + 15 * $week) t(i) where hash(i, 'gdpr') % 200 > 0 or i > 10 * $week""",
    # Prices rise by 3% for a third of the shop in week 20 and for all in week 36; the stock moves every week.
    "products": """
        select i as product_id, 'SKU-' || i as sku, ['toys', 'books', 'food'][1 + i % 3] as category,
            round((5 + hash(i, $seed) % 9000 / 100.0) * if($week >= 20 and i % 3 = 0, 1.03, 1)
                * if($week >= 36, 1.05, 1), 2) as price,
            (hash(i, $week, 'st') % 400)::int as stock, (hash(i, 'rv') % 10 * $week)::int as review_count,
            i % 17 > 0 or $week < 30 as is_active, $loaded as _loaded_at
        from range(1, 61 + $week // 4) t(i)""",
    # Appended drops without a key: weekends, seasons, drops of different size.
    "visits": """
        select timestamp '2024-01-01' + interval (i * 7 * 24 * 60 // 400) minute as seen_at,
            strftime(seen_at, '%Y-%m') as month_label,
            (i // 400)::int as week_number, ['web', 'ios', 'android'][1 + (hash(i, 'dev') % 3)::int] as device,
            'p' || (hash(i, $seed, 'pg') % 90) as page,
            if(hash(i) % 4 = 0, null, (hash(i, $seed, 'cust') % (50 + i // 27))::int) as customer_id,
            (200 + hash(i, 'ms') % 3000 * (1 + 0.5 * sin(i / 400.0)))::int as load_ms,
            round(15 + 12 * sin((i / 400 - 15) / 52 * 6.28) + hash(i, 'temp') % 60 / 10.0, 1) as outside_celsius,
            ['2.0', '2.1', '3.0'][1 + least(2, (i / 400 / 20)::int)] as app_version
        from range(0, 400 * $week + (hash($week) % 90)::int) t(i)""",
    # The last 60 days only.
    "sensors": """
        select i as reading_id, 'S' || (i % 12) as sensor_code, timestamp '2024-01-01' + interval (i) hour as read_at,
            round(10 - 14 * cos(i / 24.0 / 365 * 6.28) + hash(i) % 80 / 10.0, 2) as celsius,
            (hash(i, 'v') % 40)::int as volts
        from range(greatest(0, 168 * $week - 1440), 168 * $week) t(i)""",
    # Open tickets: a queue, in which last week's are mostly closed.
    "open_tickets": """
        select i as ticket_id, (hash(i, 'cu') % (50 + i))::int as customer_id,
            ['low', 'high'][1 + (hash(i) % 2)::int] as priority,
            case when i > 30 * $week - 20 then 'new' else 'waiting' end as status, (30 * $week - i) // 4 as messages,
            if(i > 30 * $week - 20, null, 'agent ' || (hash(i, 'ag') % 5)) as agent
        from range(30 * ($week - 3), 30 * $week + (hash($week, 'q') % 20)::int) t(i)
        where hash(i, $week) % 4 > 0 and i >= 0""",
    # Every number moves every day.
    "rates": """
        select i as currency_id, 'CU' || i as currency_code,
            round(exp(sin(i * 7.0) + 0.05 * sin($week / 3.0 + i)), 5) as rate, $week as version, $loaded as valid_from
        from range(1, 31) t(i)""",
}


REPORTS = {
    "revenue_by_week": """
        select date_trunc('week', ordered_at) as week, count(*) as orders, sum(amount) as revenue,
            max(coupon) as a_coupon from {{ ref('stg_orders') }} group by 1""",
    "last_month_by_city": """
        select city, customer_code, sum(amount) as revenue, max(shipped_at) as last_shipped
        from {{ ref('stg_orders') }} join {{ ref('stg_customers') }} using (customer_id)
        where ordered_at > (select max(ordered_at) from {{ ref('stg_orders') }}) - interval 30 day group by all""",
    # Nobody but from the middle of the year on.
    "app_customers": "select * from {{ ref('stg_customers') }} where channel = 'app'",
    # A season: empty in winter.
    "warm_hours": "select * from {{ ref('stg_sensors') }} where celsius > 18",
    "queue_by_agent": "select agent, priority, count(*) as tickets from {{ ref('stg_open_tickets') }} group by all",
    "returned": "select * from {{ ref('stg_orders') }} where status = 'returned'",
    "in_stock": "select * from {{ ref('stg_products') }} where stock > 0 and is_active",
    "slow_pages": """
        select page, device, median(load_ms) as load_ms, count(*) as visits from {{ ref('stg_visits') }}
        group by all having median(load_ms) > 1800""",
    "in_other_currency": """
        select o.order_id, r.currency_code, o.amount * r.rate as amount
        from {{ ref('stg_orders') }} as o join {{ ref('stg_rates') }} as r on r.currency_id = 1 + o.customer_id % 30""",
}
"""What people look at; none reads another."""


class Business:
    """A dbt project over these tables, in a git repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        tables = "\n".join(f"      - name: {name}" for name in TABLES)
        files = {
            "dbt_project.yml": 'name: business\nversion: "1.0"\nprofile: business\n',
            "profiles.yml": "business:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: business.duckdb}\n",
            "models/sources.yml": f"sources:\n  - name: raw\n    schema: raw\n    tables:\n{tables}\n",
            **{f"models/stg_{n}.sql": f"select * from {{{{ source('raw', '{n}') }}}}\n" for n in TABLES},
            **{f"models/{n}.sql": f"{query.strip()}\n" for n, query in REPORTS.items()},
            ".gitignore": "*.duckdb*\n",
        }
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        git = ["git", "-C", str(root), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
            subprocess.run([*git, *command], check=True)

    def deliver(self, week: int, seed: int) -> None:
        """Every table as it stands at the end of a week, and the reports of it."""
        loaded = f"timestamp '2024-01-01' + interval {week * 7} day"
        with duckdb.connect(str(self.root / "business.duckdb")) as db:
            db.execute("create schema if not exists raw")
            for name, query in TABLES.items():
                sql = query.replace("$week", str(week)).replace("$seed", str(seed)).replace("$loaded", loaded)
                db.execute(f"create or replace table raw.{name} as {sql}")
        done = dbt_build(self.project, ())
        assert done.succeeded, done.error or done.failures

    @property
    def project(self) -> Project:
        """The project, opened anew."""
        return open_project(self.root, profiles_dir=self.root)
