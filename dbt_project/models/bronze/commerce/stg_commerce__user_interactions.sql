-- one row per interaction with a page; durations in milliseconds, times UTC
select
    interaction_id,
    session_id,
    customer_id,
    product_id,
    interaction_type,
    device as visit_device,
    referrer as visit_referrer,
    page_load_ms,
    server_ms,
    dwell_ms,
    scroll_percent,
    ip_address,
    occurred_at,
    received_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'user_interactions') }}
