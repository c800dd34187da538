-- one row per order that was not cancelled; the customer's last click in the days before it earns all of it
with clicks as (
    -- Two clicks in the same second: the later event counts.
    select
        customer_id,
        occurred_at,
        max(event_id) as event_id,
        arg_max(campaign_id, event_id) as campaign_id
    from {{ ref('stg_commerce__marketing_events') }}
    where event_type = 'click' and customer_id is not null
    group by customer_id, occurred_at
),

touched as (
    select
        o.order_id,
        o.customer_id,
        o.ordered_at,
        o.net_cents,
        o.margin_cents,
        c.event_id,
        c.campaign_id,
        c.occurred_at as clicked_at
    from {{ ref('int_orders_priced') }} as o
    asof left join clicks as c
        on o.customer_id = c.customer_id and o.ordered_at >= c.occurred_at
    where not o.is_cancelled
)

select
    order_id,
    customer_id,
    ordered_at,
    net_cents,
    margin_cents,
    if(is_recent, event_id, null) as event_id,
    if(is_recent, campaign_id, null) as campaign_id,
    if(is_recent, date_diff('minute', clicked_at, ordered_at), null) as minutes_to_order
from (
    select *, clicked_at >= ordered_at - to_days({{ var('attribution_days') }}) as is_recent
    from touched
)
