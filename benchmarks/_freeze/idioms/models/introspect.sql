{%- set names = columns_of(ref('stg_<t>')) -%}
select
{%- for column in names %}
    {{ column.name }}{{ ',' if not loop.last }}
{%- endfor %}
from {{ ref('stg_<t>') }}
