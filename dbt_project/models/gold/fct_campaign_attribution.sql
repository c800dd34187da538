-- one row per campaign; money in US cents; an order belongs to the last click in the 14 days before it
with events as (
    select
        campaign_id,
        count(*) filter (where event_type = 'impression') as impression_count,
        count(*) filter (where event_type = 'open') as open_count,
        count(*) filter (where event_type = 'click') as click_count,
        count(*) filter (where event_type = 'unsubscribe') as unsubscribe_count,
        round(sum(cost_ten_thousandths) / 100)::bigint as media_cost_cents,
        round(sum(bid_ten_thousandths) / 100)::bigint as bid_cents
    from {{ ref('stg_commerce__marketing_events') }}
    group by campaign_id
),

earned as (
    select
        campaign_id,
        count(*) as order_count,
        sum(net_cents)::bigint as net_cents,
        sum(margin_cents)::bigint as margin_cents,
        median(minutes_to_order) as median_minutes_to_order
    from {{ ref('int_orders_attributed') }}
    where campaign_id is not null
    group by campaign_id
)

select
    c.campaign_id,
    c.campaign_name,
    c.campaign_channel,
    c.starts_on,
    c.spend_cents,
    coalesce(v.impression_count, 0) as impression_count,
    coalesce(v.open_count, 0) as open_count,
    coalesce(v.click_count, 0) as click_count,
    coalesce(v.unsubscribe_count, 0) as unsubscribe_count,
    coalesce(v.media_cost_cents, 0) as media_cost_cents,
    coalesce(v.bid_cents, 0) as bid_cents,
    coalesce(e.order_count, 0) as order_count,
    coalesce(e.net_cents, 0) as net_cents,
    coalesce(e.margin_cents, 0) as margin_cents,
    e.median_minutes_to_order,
    e.order_count / nullif(v.click_count, 0) as orders_per_click,
    coalesce(e.net_cents, 0) / nullif(c.spend_cents, 0) as return_on_spend
from {{ ref('dim_campaigns') }} as c
left join events as v on c.campaign_id = v.campaign_id
left join earned as e on c.campaign_id = e.campaign_id
