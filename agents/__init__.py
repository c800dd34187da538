"""Self-healing for dbt projects on DuckDB, free of any orchestrator.

The flow, which the folders repeat:

    observe -> diagnose -> propose -> verify -> freeze -> commit -> rerun

Evidence goes in, a proved and reversible commit comes out, or a refusal with the right diagnosis.
The steps meet only in `agents.contracts`; `agents.heal` is the flow as a value.
"""
