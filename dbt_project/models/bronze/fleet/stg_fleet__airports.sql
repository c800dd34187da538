-- one row per airport; degrees, feet, hours from UTC in winter
with source as (

    select * from {{ source('fleet', 'airports') }}

),

renamed as (

    select
        faa as airport_code,
        name as airport_name,
        lat as latitude_degrees,
        lon as longitude_degrees,
        alt as altitude_feet,
        tz as utc_offset_hours,
        dst as daylight_saving_zone,
        tzone as time_zone,
        _loaded_at as loaded_at
    from source

)

select * from renamed
