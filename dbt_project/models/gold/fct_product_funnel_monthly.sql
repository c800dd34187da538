-- one row per month (UTC) and product that was looked at; durations in milliseconds
select
    date_trunc('month', i.occurred_at)::date as month_starts_on,
    i.product_id,
    count(distinct i.session_id) as session_count,
    count(*) filter (where i.interaction_type = 'search') as search_count,
    count(*) filter (where i.interaction_type = 'view') as view_count,
    count(*) filter (where i.interaction_type = 'wishlist') as wishlist_count,
    count(*) filter (where i.interaction_type = 'add_to_cart') as cart_count,
    count(*) filter (where i.interaction_type = 'add_to_cart') / count(distinct i.session_id) as cart_share,
    avg(i.dwell_ms) as mean_dwell_ms,
    avg(i.scroll_percent) as mean_scroll_percent
from {{ ref('stg_commerce__user_interactions') }} as i
group by month_starts_on, i.product_id
