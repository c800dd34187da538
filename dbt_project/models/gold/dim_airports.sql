-- one row per airport that is listed or was flown to; degrees, feet, hours from UTC in winter
with served as (
    select origin_airport as airport_code from {{ ref('stg_operations__flights') }}
    union
    select destination_airport as airport_code from {{ ref('stg_operations__flights') }}
)

select
    coalesce(a.airport_code, s.airport_code) as airport_code,
    a.airport_name,
    a.latitude_degrees,
    a.longitude_degrees,
    a.altitude_feet,
    a.utc_offset_hours,
    a.daylight_saving_zone,
    a.time_zone,
    a.airport_code is not null as is_listed,
    s.airport_code is not null as is_served
from {{ ref('stg_fleet__airports') }} as a
full join served as s on a.airport_code = s.airport_code
