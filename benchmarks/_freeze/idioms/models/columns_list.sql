{% set wanted = [] %}
{% for name in ['<k>', '<n>', '<d>'] %}
{% do wanted.append('t.' ~ name) %}
{% endfor %}
select {{ wanted | join(', ') }}
from {{ ref('stg_<t>') }} as t
