-- one row per month, origin and destination; minutes, miles
select
    date_trunc('month', scheduled_on)::date as month_starts_on,
    origin_airport,
    destination_airport,
    count(*) as scheduled_count,
    count(*) filter (where outcome = 'arrived') as arrived_count,
    count(distinct carrier_code) as carrier_count,
    any_value(distance_miles) as distance_miles,
    avg(air_time_minutes) as mean_air_time_minutes,
    60.0 * sum(distance_miles) filter (where air_time_minutes is not null) / sum(air_time_minutes)
    as mean_ground_speed_mph,
    avg(arrival_delay_minutes) as mean_arrival_delay_minutes
from {{ ref('fct_flights') }}
group by month_starts_on, origin_airport, destination_airport
