{% set kinds = tools.get_column_values(ref('stg_<t>'), '<c>') %}
select <g>
{% for kind in kinds %}, max(case when <c> = '{{ kind }}' then <n> end) as {{ kind }}{% endfor %}
from {{ ref('stg_<t>') }} group by 1
