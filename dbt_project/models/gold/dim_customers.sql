-- one row per customer, without what would tell who it is; money in US cents, times UTC
with ordered as (
    select
        customer_id,
        count(*) as order_count,
        sum(net_cents)::bigint as net_cents,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at
    from {{ ref('int_orders_priced') }}
    where not is_cancelled
    group by customer_id
)

select
    c.customer_id,
    c.home_region,
    c.city_name,
    c.country_code,
    c.loyalty_tier,
    c.loyalty_points,
    c.acquisition_channel,
    c.has_opted_in,
    c.signed_up_at,
    c.last_login_at,
    -- A decade tells little of a person, but enough for a market.
    (floor(year(c.born_on) / 10) * 10)::int as birth_decade,
    coalesce(o.order_count, 0) as order_count,
    coalesce(o.net_cents, 0) as net_cents,
    o.first_ordered_at,
    o.last_ordered_at
from {{ ref('stg_commerce__customers') }} as c
left join ordered as o on c.customer_id = o.customer_id
