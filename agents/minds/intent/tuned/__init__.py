"""A LoRA adapter of SmolLM2-135M that corrects what the rules read, for any schema.

notation.py    an answer as short texts, each of which exists
prompt.py      what the model is shown
ask.py         prompt -> model, bound to the texts that exist -> answer.Intent
trust.py       how sure it is, and when it is asked in place of the rules
lessons.py     drawn requests in words that the rules do not know
training/      the adapter, made from them with torch
"""
