-- one row per airport and hour (UTC); US units, as measured
-- A month may bring whole numbers only, so that its columns land as integers: hence the doubles.
select
    origin as airport_code,
    time_hour as observed_at,
    make_date(year, month, day) as observed_on,
    hour as local_hour,
    temp::double as temperature_fahrenheit,
    dewp::double as dew_point_fahrenheit,
    humid::double as relative_humidity_percent,
    wind_dir as wind_direction_degrees,
    wind_speed::double as wind_speed_mph,
    wind_gust::double as wind_gust_mph,
    precip::double as precipitation_inches,
    pressure::double as pressure_millibars,
    visib::double as visibility_miles,
    _drop as source_drop,
    _loaded_at as loaded_at
from {{ source('weather', 'observations') }}
