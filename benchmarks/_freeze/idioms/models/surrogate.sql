select {{ tools.generate_surrogate_key(['<k>', '<c>']) }} as <t>_key, {{ tools.star(ref('stg_<t>')) }}
from {{ ref('stg_<t>') }}
