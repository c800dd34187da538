{{ config(materialized='view' if target.name == 'dev' else 'table', schema='marts', alias='<t>_mart') }}
select '{{ target.schema }}' as built_in, '{{ run_started_at.strftime("%Y-%m-%d") }}' as built_on, '{{ invocation_id }}' as run_id, *
from {{ ref('stg_<t>') }}
{% if target.name == 'dev' %}limit 1000{% endif %}
