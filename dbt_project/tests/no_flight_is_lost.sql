-- fails if gold has other flights, miles or minutes than what landed
with landed as (
    select count(*) as flights, sum(distance) as miles, sum(dep_delay) as minutes
    from {{ source('operations', 'flights') }}
),

gold as (
    select count(*) as flights, sum(distance_miles) as miles, sum(departure_delay_minutes) as minutes
    from {{ ref('fct_flights') }}
)

select * from landed except select * from gold
