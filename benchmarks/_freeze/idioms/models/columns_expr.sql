select <k>, max(columns('.*_at$')), coalesce(*columns('(?i)^(<n>|old_<n>)$')) as <n>
from {{ ref('stg_<t>') }} group by all
