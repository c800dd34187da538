-- one row per scheduled departure; times of day are local to the airport, written as hours and minutes (hhmm)
select
    strftime(make_date(year, month, day), '%Y%m%d') || '-' || carrier || '-' || flight || '-' || origin as flight_id,
    make_date(year, month, day) as scheduled_on,
    time_hour as scheduled_hour_at,
    hour as scheduled_hour,
    minute as scheduled_minute,
    sched_dep_time as scheduled_departure_hhmm,
    dep_time as departure_hhmm,
    dep_delay as departure_delay_minutes,
    sched_arr_time as scheduled_arrival_hhmm,
    arr_time as arrival_hhmm,
    arr_delay as arrival_delay_minutes,
    carrier as carrier_code,
    flight as flight_number,
    tailnum as tail_number,
    origin as origin_airport,
    dest as destination_airport,
    air_time as air_time_minutes,
    distance as distance_miles,
    _drop as source_drop,
    _loaded_at as loaded_at
from {{ source('operations', 'flights') }}
