-- one row per scheduled departure; instants are UTC, delays in minutes; weather is that of the scheduled hour
select
    f.flight_id,
    f.scheduled_on,
    f.scheduled_hour,
    f.scheduled_departure_at,
    f.departed_at,
    f.outcome,
    f.carrier_code,
    f.flight_number,
    f.tail_number,
    f.origin_airport,
    f.destination_airport,
    f.scheduled_departure_hhmm,
    f.departure_hhmm,
    f.departure_delay_minutes,
    f.scheduled_arrival_hhmm,
    f.arrival_hhmm,
    f.arrival_delay_minutes,
    f.recovered_minutes,
    f.air_time_minutes,
    f.distance_miles,
    coalesce(w.weather_condition, 'not observed') as weather_condition,
    w.temperature_fahrenheit,
    w.wind_speed_mph,
    w.precipitation_inches,
    w.visibility_miles,
    f.source_drop
from {{ ref('int_flights_timed') }} as f
left join {{ ref('int_weather_graded') }} as w
    on f.origin_airport = w.airport_code and f.scheduled_hour_at = w.observed_at
