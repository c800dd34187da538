-- one row per day (UTC), device and referrer; durations in milliseconds
select
    occurred_at::date as day_on,
    visit_device,
    visit_referrer,
    count(*) as interaction_count,
    count(distinct session_id) as session_count,
    count(distinct customer_id) as customer_count,
    avg(page_load_ms) as mean_page_load_ms,
    quantile_cont(page_load_ms, 0.95) as p95_page_load_ms,
    avg(server_ms) as mean_server_ms
from {{ ref('stg_commerce__user_interactions') }}
group by day_on, visit_device, visit_referrer
