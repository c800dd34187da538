-- one row per scheduled departure; instants are UTC, delays in minutes
select
    flight_id,
    scheduled_on,
    scheduled_hour,
    scheduled_hour_at,
    scheduled_hour_at + to_minutes(scheduled_minute) as scheduled_departure_at,
    scheduled_hour_at + to_minutes(scheduled_minute + departure_delay_minutes) as departed_at,
    case
        when departure_hhmm is null then 'cancelled'
        when arrival_delay_minutes is null then 'diverted'
        else 'arrived'
    end as outcome,
    scheduled_departure_hhmm,
    departure_hhmm,
    departure_delay_minutes,
    scheduled_arrival_hhmm,
    arrival_hhmm,
    arrival_delay_minutes,
    -- Made up on the way: what was lost on the ground and is no longer missing at the gate.
    departure_delay_minutes - arrival_delay_minutes as recovered_minutes,
    carrier_code,
    flight_number,
    tail_number,
    origin_airport,
    destination_airport,
    air_time_minutes,
    distance_miles,
    source_drop
from {{ ref('stg_operations__flights') }}
