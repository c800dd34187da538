select <g>, <c>, sum(<n>) as <n>
from {{ ref('stg_<t>') }}
{{ tools.group_by(n=2) }}
