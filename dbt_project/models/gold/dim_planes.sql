-- one row per plane that is registered or was scheduled; speed in miles an hour
with scheduled as (
    select distinct tail_number
    from {{ ref('stg_operations__flights') }}
    where tail_number is not null
)

select
    coalesce(p.tail_number, s.tail_number) as tail_number,
    p.built_year,
    p.plane_type,
    p.manufacturer_name,
    p.model_name,
    p.engine_count,
    p.engine_type,
    p.seat_count,
    p.cruising_speed_mph,
    p.tail_number is not null as is_registered
from {{ ref('stg_fleet__planes') }} as p
full join scheduled as s on p.tail_number = s.tail_number
