"""Each layer of the guard by itself, the others switched off; and what people wrote is not held against a change."""

import pytest

from agents.guard.context import Context
from agents.guard.functions import REVIEWED, scalar_functions
from agents.guard.guard import NAMES, judge, judge_change

CONTEXT = Context(macros=frozenset({"net_of", "tools.star"}), tests=frozenset({"between"}))
HOSTILE = {
    "path": [("path", "", path) for path in (
        "../x.sql", "/etc/x.sql", "-x.sql", "models/-x.sql", ".git/config", "models/a\x00.sql", "adp.yml",
        "models/\uff0e\uff0e/x.sql", "models/a.sql.", "macros/ref.sql", "models/a.py", "models\\x.sql", "Models/a.sql",
        "profiles.yml",
    )],
    "yaml": [("yaml", text, "models/a.yml") for text in (
        "on-run-start: [x]", "models: !!python/name:os.system", "models: [{name: a, config: {pre_hook: x}}]",
        "models: [{name: a, config: {materialized: external}}]", "sources: [{name: s, database: other}]",
        "sources: [{name: s, meta: {external_location: /etc/passwd}}]", "models: [{name: a, data_tests: [unheard_of]}]",
        "models: [{name: a}]\nmodels: []", "models: [*a]", "models: " + "[" * 60 + "]" * 60,
        "models: [{name: a, columns: [{name: b, data_tests: [{accepted_values: {values: [\"x') or 1=1 --\"]}}]}]}]",
    )],
    "jinja": [("jinja", text, "models/a.sql") for text in (
        "select 1 -- {{ run_query('x') }}", "select '{{ env_var(\"HOME\") }}'", "{% set x = ''.__class__ %}select 1",
        "{{ config(pre_hook='x') }}select 1", "{{ config(materialized='external') }}select 1", "{{ ''|attr('x') }}",
        "{% call statement('x') %}select 1{% endcall %}", "{% include 'x' %}", "{{ adapter.execute('x') }}",
        "{% macro ref(x) %}{% endmacro %}select 1", "{% for graph in [] %}{% endfor %}{{ graph.nodes }}",
        "{{ unheard_of('x') }}", "{{ ref(var('x')) }}", "{{ ref('a')('b') }}",
    )],
    "sql": [("sql", text, "") for text in (
        "copy (select 1) to '/tmp/x'", "select 1; drop table t", "select * from '/etc/passwd'", 'from "x.parquet"',
        "select * from read_text('/etc/passwd')", "select getvariable('x')", "attach 'x'",
        "from information_schema.tables",
        "with t as (delete from u returning *) from t", "select * from query('select 1')", "from data.csv", "set x = 1",
    )],
}  # fmt: skip
HOSTILE["duckdb"] = HOSTILE["sql"]
HOSTILE["reach"] = [
    ("yaml", "models: [{name: a, config: {post-hook: x}}]", "models/a.yml"),
    ("yaml", "sources: [{name: s, meta: {external_location: /etc/passwd}}]", "models/a.yml"),
    ("jinja", "{{ config(pre_hook='x') }}select 1", "models/a.sql"),
]


@pytest.mark.parametrize("layer", NAMES)
def test_each_layer_stops_what_is_its_own_with_all_others_off(layer):
    others = frozenset(NAMES) - {layer}
    for kind, text, path in HOSTILE[layer]:
        ruling = judge(kind, text, path, CONTEXT, without=others)
        assert ruling.layer == layer, (text, path)
        assert "Allowed:" in ruling.words
        assert judge(kind, text, path, CONTEXT, without=frozenset(NAMES)).allowed


def test_a_branch_that_only_dbt_would_take_is_judged_like_any_other():
    for text in (
        "select {% if invocation_id == 'x' %}getenv('HOME'){% else %}1{% endif %} as c",
        "select {{ ['1', \"getenv('HOME')\"][invocation_id == 'x'] }} as c",
        "select {% for c in invocation_id if c == '7' %}getenv('HOME'), {% endfor %}1 as c",
        "select * from {{ 'read_' ~ \"text('/etc/passwd')\" }}",
    ):
        assert judge("jinja", text, "models/a.sql", CONTEXT, without={"jinja"}).layer == "sql", text


@pytest.mark.parametrize("text", [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}select 1",
    "select '{{ 'a' * 1000000000 }}'",
    "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}select 1",
])  # fmt: skip
def test_judging_takes_a_budget_of_its_own(text):
    assert judge("jinja", text, "models/a.sql", CONTEXT, without={"jinja"}).layer == "sql"


def test_ordinary_texts_pass_every_layer():
    model = (
        "{{ config(materialized='incremental', unique_key='id') }}\n{% set kinds = ['a', 'b'] %}\n"
        "select id, {% for k in kinds %}sum(n) filter (where kind = '{{ k }}') as {{ k }}{{ ',' if not loop.last }}"
        "{% endfor %}, {{ net_of('n', '0.1') }} as net from {{ source('s', 't') }}\n"
        "{% if is_incremental() %}where seen_at > (select max(seen_at) from {{ this }}){% endif %}\ngroup by all\n"
    )
    properties = (
        "models:\n  - name: a\n    description: \"{{ doc('a') }}\"\n    columns:\n      - name: id\n"
        "        data_tests: [unique, {between: {least: 0, config: {where: \"kind <> 'x'\"}}}]\n"
    )
    assert judge("jinja", model, "models/a.sql", CONTEXT).allowed
    assert judge("yaml", properties, "models/a.yml", CONTEXT).allowed


def test_what_people_wrote_stays_and_what_is_new_beside_it_is_judged():
    odd = "{% set rows = run_query('select 1') %}select {{ rows }} as a from {{ ref('x') }}\n"
    path = "models/odd name (1).sql"
    assert not judge("jinja", odd, path, CONTEXT).allowed
    assert judge_change(path, [odd], odd.replace("as a", "as b"), CONTEXT).allowed
    assert judge_change(path, [odd], f"{odd}-- {{{{ env_var('HOME') }}}}", CONTEXT).layer == "jinja"
    assert judge_change(path, [odd], odd.replace(" as a", " as a, getenv('HOME') as b"), CONTEXT).layer == "sql"
    assert judge_change(path, [odd], odd + odd, CONTEXT).layer == "jinja", "a second one is new"


def test_settings_may_switch_off_a_packages_model_or_type_a_seeds_column_and_nothing_else():
    before = "name: shop\nmodels: {shop: {+materialized: table}}\n"
    off = before + "on-run-start: [x]\n"
    switched = "name: shop\nmodels: {shop: {+materialized: table}, billing: {stg_a: {+enabled: false}}}\n"
    assert judge_change("dbt_project.yml", [before], switched, CONTEXT).allowed
    assert judge_change("dbt_project.yml", [before], off, CONTEXT).layer == "yaml"
    typed = before + "seeds: {shop: {prices: {+column_types: {price: %s}}}}\n"
    assert judge_change("dbt_project.yml", [before], typed % "varchar", CONTEXT).allowed
    assert judge_change("dbt_project.yml", [before], typed % "'int); drop table t; --'", CONTEXT).layer == "yaml"
    assert judge_change("dbt_project.yml", [before], before + "seeds: varchar\n", CONTEXT).layer == "yaml"
    assert judge_change("profiles.yml", ["a: 1\n"], "a: 2\n", CONTEXT).layer == "path"


def test_the_functions_of_another_duckdb_are_reviewed_before_they_are_allowed():
    import duckdb

    assert duckdb.__version__ == REVIEWED, "go through agents/guard/functions.py with the new functions"
    for name in ("getenv", "getvariable", "read_text", "nextval", "current_setting", "write_log", "query", "glob"):
        assert name not in scalar_functions()
