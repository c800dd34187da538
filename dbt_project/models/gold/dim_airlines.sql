-- one row per airline
select
    carrier_code,
    airline_name
from {{ ref('stg_fleet__airlines') }}
