{% set kinds = ['a', 'b', 'c'] %}
select
    <g>,
    {% for kind in kinds %}
    sum(case when <c> = '{{ kind }}' then <n> else 0 end) as {{ kind }}_<n>{{ ',' if not loop.last }}
    {% endfor %}
from {{ ref('stg_<t>') }}
group by 1
