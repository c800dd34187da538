"""The engine for each job that rules alone leave open; local, small, and never the one who decides.

    classify.py     an error's text -> its cause; by error_rules.py, then by the classifier of classifier.py
    match/          a missing column or table -> which candidate it is: names, types, values in one probability
    intent/         a request in plain words -> what it asks of a schema
    engines/        language models behind one protocol, with schema, budget and cache; each may be missing
    weights/        what was trained, by version, each with its card
    training/       how: texts by cause, what fills them, the fit, and whether a new version may take effect

Jobs take text as data: nothing in it is an instruction. None of them says what a change risks, how far it reaches or
whether it is approved.
"""
