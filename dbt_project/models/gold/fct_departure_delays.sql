-- one row per month, carrier, scheduled local hour and weather; delays in minutes, of departures that took place
select
    date_trunc('month', scheduled_on)::date as month_starts_on,
    carrier_code,
    scheduled_hour,
    weather_condition,
    count(*) as scheduled_count,
    count(*) filter (where outcome = 'cancelled') as cancelled_count,
    count(*) filter (where outcome = 'diverted') as diverted_count,
    -- The US Department of Transportation calls a flight late from 15 minutes on.
    count(*) filter (where departure_delay_minutes >= 15) as late_count,
    sum(departure_delay_minutes)::bigint as departure_delay_minutes,
    avg(departure_delay_minutes) as mean_departure_delay_minutes,
    quantile_cont(departure_delay_minutes, 0.9) as p90_departure_delay_minutes,
    avg(arrival_delay_minutes) as mean_arrival_delay_minutes,
    avg(recovered_minutes) as mean_recovered_minutes
from {{ ref('fct_flights') }}
group by month_starts_on, carrier_code, scheduled_hour, weather_condition
