-- one row per airline
select
    carrier as carrier_code,
    name as airline_name,
    _loaded_at as loaded_at
from {{ source('fleet', 'airlines') }}
