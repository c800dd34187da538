{% set parts = ['jan', 'feb'] %}
{% for part in parts %}
select *, '{{ part }}' as part from {{ ref('stg_<t>') }}
{% if not loop.last %}union all by name{% endif %}
{% endfor %}
