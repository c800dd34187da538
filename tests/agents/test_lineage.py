"""Columns are followed through the SQL that people write; what cannot be followed is taken to pass everything on."""

import pytest

from agents.lineage import query

KNOWN = {
    "raw.orders": {"id": "INT", "customer": "INT", "net": "DOUBLE", "tax": "DOUBLE", "status": "VARCHAR"},
    "raw.customers": {"customer": "INT", "city": "VARCHAR"},
}


@pytest.mark.parametrize(
    ("sql", "column", "cells", "rows"),
    [
        ("select net * 2 as twice from raw.orders", "twice", {"net"}, set()),
        ("select * from raw.orders", "tax", {"tax"}, set()),
        ("select * exclude (tax) from raw.orders where status = 'paid'", "net", {"net"}, {"status"}),
        ("select city, sum(net) as s from raw.orders join raw.customers using (customer) group by all", "s",
         {"net"}, {"city", "customer"}),
        ("select net from raw.orders union all select tax from raw.orders", "net", {"net", "tax"}, set()),
        ("select distinct status from raw.orders", "status", {"status"}, {"status"}),
        ("select (select max(net) from raw.orders) as top, city from raw.customers", "top", {"net"}, set()),
        ("select row_number() over (partition by customer order by net) as n from raw.orders", "n",
         {"customer", "net"}, set()),
        ("select net from raw.orders where customer in (select customer from raw.customers where city = 'Bonn')",
         "net", {"net"}, {"customer", "city"}),
        ("select city, (select sum(net) from raw.orders o where o.customer = c.customer) s from raw.customers c", "s",
         {"net", "customer"}, set()),
        ("select case when status = 'paid' then net end as paid from raw.orders qualify tax > 1", "paid",
         {"net", "status"}, {"tax"}),
        ("select coalesce(*columns('(?i)^(net|gross)$')) as paid from raw.orders", "paid", {"net"}, set()),
        ("select columns('n.*') from raw.orders", "net", {"net"}, set()),
        ("select id, row_number() over w as n from raw.orders window w as (partition by customer order by net)", "n",
         set(), {"customer", "net"}),
        ("select distinct on (customer) id from raw.orders order by net", "id", {"id"}, {"id", "customer", "net"}),
        ("select id, unnest([net, tax]) as part from raw.orders", "id", {"id"}, {"net", "tax"}),
        ("select list_transform([net], x -> x + tax) as t from raw.orders", "t", {"net", "tax"}, set()),
        ("select id, net from raw.orders except select id, tax from raw.orders", "net", {"net", "tax"},
         {"id", "net", "tax"}),
        ("select customer as c, count(*) as n from raw.orders group by 1", "n", set(), {"customer"}),
        ("select id from raw.orders o semi join raw.customers c on o.customer = c.customer", "id", {"id"},
         {"customer"}),
    ],
)  # fmt: skip
def test_a_column_comes_from_what_its_expression_names(sql, column, cells, rows):
    found = query(sql, KNOWN)

    assert found is not None
    assert {name for _, name in found.columns[column]} == cells
    assert {name for _, name in found.rows} == rows


@pytest.mark.parametrize(
    "sql",
    [
        "with o as (select 1 as n) select columns('n.*') from o",
        "select columns('[') from raw.orders",
        "select * from elsewhere.t",
        "select id from orders",
        "select id from query_table('raw.orders')",
        "select to_json(o) as whole from raw.orders o",
        "with recursive r as (select net from raw.orders union all select net + 1 from r) select net from r",
        "select o.id, part from raw.orders o, unnest([o.net]) as u(part)",
        "not sql at all (",
    ],
)
def test_what_cannot_be_followed_says_so(sql):
    assert query(sql, KNOWN) is None
