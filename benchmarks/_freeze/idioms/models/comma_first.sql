{%- set kinds = ['x', 'y'] -%}
select <g>
{%- for kind in kinds %}
    , count(*) filter (where <c> = '{{ kind }}') as {{ kind | lower | replace(' ', '_') }}
{%- endfor %}
from {{ ref('stg_<t>') }}
group by <g>
