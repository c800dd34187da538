"""A request in plain words -> what it asks of a schema never seen before: `parse.parse(request, schema)`.

    reading.py     YAML of many shapes -> schema.Schema
    tokens.py      words, numbers and quoted texts of a request; stems
    spelling.py    slips of the keyboard mended, where only one word can be meant
    times.py       "last month", "since March", "weekly" -> dates and a grain
    points.py      the single stretches of time that these are made of
    glossary.py    general words for the same thing, and words that carry no meaning; no domain's schema
    linking.py     phrases -> tables, columns and sample values, each with how well it fits
    fitting.py     how well a phrase fits a name
    verbs.py       words that only say what happened (`hours worked`, `cases opened in May`)
    rules.py       links and the words between them -> answer.Intent
    checked.py     whatever an engine says, only what exists in the schema comes back
    drawing/       random schemas with requests and what they mean, for training and for finding weaknesses
    tuned/         a small local model that corrects what the rules read

Names, descriptions and values of a schema are data: they are compared with the request's words and never obeyed.
"""
