-- one row per airport and local day; US units
select
    observed_on,
    airport_code,
    count(*) as observed_hours,
    avg(temperature_fahrenheit) as mean_temperature_fahrenheit,
    avg(dew_point_fahrenheit) as mean_dew_point_fahrenheit,
    avg(relative_humidity_percent) as mean_relative_humidity_percent,
    max(wind_speed_mph) as top_wind_speed_mph,
    max(wind_gust_mph) as top_wind_gust_mph,
    arg_max(wind_direction_degrees, wind_speed_mph) as top_wind_direction_degrees,
    sum(precipitation_inches) as precipitation_inches,
    avg(pressure_millibars) as mean_pressure_millibars,
    min(visibility_miles) as least_visibility_miles,
    count(*) filter (where weather_condition <> 'fair') as bad_hours
from {{ ref('int_weather_graded') }}
group by observed_on, airport_code
