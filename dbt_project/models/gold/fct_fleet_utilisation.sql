-- one row per plane and month in which it was scheduled; minutes, miles; departures without a plane are left out
with months as (
    select
        date_trunc('month', scheduled_on)::date as month_starts_on,
        tail_number,
        count(*) filter (where outcome <> 'cancelled') as flown_count,
        count(*) filter (where outcome = 'cancelled') as cancelled_count,
        count(distinct scheduled_on) filter (where outcome <> 'cancelled') as flown_days,
        -- A diverted flight has no air time.
        coalesce(sum(air_time_minutes), 0)::bigint as air_time_minutes,
        coalesce(sum(distance_miles) filter (where outcome = 'arrived'), 0)::bigint as distance_miles,
        avg(departure_delay_minutes) as mean_departure_delay_minutes
    from {{ ref('fct_flights') }}
    where tail_number is not null
    group by month_starts_on, tail_number
)

select
    m.month_starts_on,
    m.tail_number,
    p.manufacturer_name,
    p.seat_count,
    year(m.month_starts_on) - p.built_year as age_years,
    m.flown_count,
    m.cancelled_count,
    m.flown_days,
    m.air_time_minutes,
    m.distance_miles,
    m.distance_miles * p.seat_count as seat_miles,
    m.air_time_minutes / (24 * 60 * day(last_day(m.month_starts_on))) as airborne_share,
    m.mean_departure_delay_minutes
from months as m
left join {{ ref('dim_planes') }} as p on m.tail_number = p.tail_number
