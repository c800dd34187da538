-- one row per airport and hour (UTC); US units
with plausible as (
    select
        airport_code,
        observed_at,
        observed_on,
        local_hour,
        temperature_fahrenheit,
        dew_point_fahrenheit,
        relative_humidity_percent,
        wind_direction_degrees,
        -- An anemometer once reported 1,048 mph; the strongest surface wind ever measured is 253.
        case when wind_speed_mph <= 253 then wind_speed_mph end as wind_speed_mph,
        wind_gust_mph,
        precipitation_inches,
        pressure_millibars,
        visibility_miles
    from {{ ref('stg_weather__observations') }}
)

select
    *,
    -- The worst that applies, in the order in which it holds up departures.
    case
        when precipitation_inches > 0 and greatest(wind_speed_mph, wind_gust_mph) >= 25 then 'storm'
        when precipitation_inches > 0 then 'rain or snow'
        when visibility_miles < 3 then 'fog'
        when greatest(wind_speed_mph, wind_gust_mph) >= 25 then 'wind'
        else 'fair'
    end as weather_condition
from plausible
