"""What may be let in: generated text is hostile until every layer that concerns it has found nothing.

`guard.judge` asks the layers of `guard.LAYERS` in their order; each is a pure function of a text that can be
tested with the others switched off. They parse to judge, and never write anything anew.
"""
