-- one row per event of a campaign; money in ten-thousandths of a US dollar, times UTC
select
    event_id,
    campaign_id,
    customer_id,
    event_type,
    channel as event_channel,
    device as event_device,
    (cost_amount * 10000)::bigint as cost_ten_thousandths,
    (bid_amount * 10000)::bigint as bid_ten_thousandths,
    ip_address,
    occurred_at,
    received_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'marketing_events') }}
