select <k>, regexp_extract(<c>, '([a-z]+)-(\d+)', 2)::int as part, regexp_replace(<c>, '\s+', ' ', 'g') as tidy, split_part(<c>, '-', 1) as head, <c> ilike '%x%' as has_x, <c> similar to '[a-z]+' as plain
from {{ ref('stg_<t>') }}
