"""Requests in plain words and what they mean, by hand: `open/` may be looked at, `sealed/` is only ever scored.

A file is a schema as a person would give it and requests, one a line: `REQUEST => MEANING`. A meaning is made of
`sum t.c, count t | by t.c | grain day | where c = v; c in v, w | time FROM..TO | order desc | limit 5`, or of
`unknown WORD`; ` // ` parts meanings that are equally right. A column that one table only has stands without its table.
`order` is by the first figure unless it names a column. Today is 2025-11-20, a Thursday.
"""
