"""Random schemas with requests and what they mean, by construction: for training, and to find weaknesses.

    concepts.py   what schemas are made of: events, things, measures, qualities, each with words that people use for it
    schemas.py    a schema drawn from them: names in many styles, descriptions or none, distractors
    requests.py   a request drawn for a schema, with its meaning; one in five asks for what is not there
    judge.py      whether an answer means what was drawn

All by a seed: the same seed draws the same. The cases of `benchmarks/` are written by hand and share nothing with it.
"""
