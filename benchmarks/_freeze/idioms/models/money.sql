select <k>, {{ cents_to_dollars('<n>') }} as <n>_usd, {{ cents_to_dollars('<n>', scale=4) }} as exact
from {{ ref('stg_<t>') }}
{{ limit_in_dev('<d>') }}
