-- one row per registered plane; speed in miles an hour
select
    tailnum as tail_number,
    year as built_year,
    type as plane_type,
    manufacturer as manufacturer_name,
    model as model_name,
    engines as engine_count,
    engine as engine_type,
    seats as seat_count,
    speed as cruising_speed_mph,
    _loaded_at as loaded_at
from {{ source('fleet', 'planes') }}
