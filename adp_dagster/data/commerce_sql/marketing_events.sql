-- one row per event of a campaign: one near each order, and as many that led nowhere
with drawn as (
    select
        o.order_id as i,
        o.customer_id,
        o.created_at - to_seconds((60 + 86400 * 25 * pow(u('before order', o.order_id), 2))::bigint) as occurred_at
    from orders o
    where u('touched', o.order_id) < 0.7
    union all
    select
        getvariable('orders') + i,
        case when u('known', i) < 0.6 then 1 + floor(getvariable('customers') * u('somebody', i))::bigint end,
        days.day + to_seconds((86399 * u('event second', i))::bigint)
    from range(1, getvariable('orders') + 1) ids(i)
    asof join days on u('event day', i) >= days.lower_bound
), numbered as (
    -- The first events lie in December 2022, before the first campaign.
    select *, greatest(0, date_diff('month', date '2023-01-01', occurred_at)) as month_number from drawn
    where occurred_at >= timestamp '2023-01-01'
), typed as (
    select
        *,
        4 * month_number + case when u('via', i) < 0.35 then 1 when u('via', i) < 0.65 then 2
            when u('via', i) < 0.87 then 3 else 4 end as campaign_id,
        case when u('event type', i) < 0.5 then 'impression' when u('event type', i) < 0.7 then 'open'
            when u('event type', i) < 0.98 then 'click' else 'unsubscribe' end as event_type
    from numbered
)
select
    i::bigint as event_id,
    campaign_id::bigint as campaign_id,
    customer_id,
    event_type,
    ['email', 'search', 'social', 'display'][1 + (campaign_id - 1) % 4] as channel,
    pick(['mobile', 'mobile', 'desktop', 'tablet'], u('event device', i)) as device,
    case event_type when 'click' then 0.15 + 0.9 * u('event cost', i) when 'impression' then 0.002 else 0 end
    ::decimal(12, 4) as cost_amount,
    case event_type when 'click' then 0.2 + 1.1 * u('bid', i) when 'impression' then 0.004 else 0 end
    ::decimal(12, 4) as bid_amount,
    address(i) as ip_address,
    occurred_at,
    occurred_at + to_seconds((1 + 90 * pow(u('received', i), 6))::bigint) as received_at
from typed
order by event_id
