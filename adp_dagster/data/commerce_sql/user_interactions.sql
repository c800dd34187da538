-- one row per interaction with the shop's pages, three for each order
with drawn as (
    select
        i,
        1 + (i - 1) // 3 as order_id,
        (i - 1) % 3 as step,
        u('interaction', i) as draw
    from range(1, 3 * getvariable('orders') + 1) ids(i)
), joined as (
    -- Half of the visits lead to the order they stand beside; the others are somebody looking around.
    select
        d.*,
        if(u('leads', d.order_id) < 0.5, o.customer_id, null) as customer_id,
        if(u('leads', d.order_id) < 0.5, o.product_id, 1 + floor(getvariable('products') * u('seen', d.order_id))::bigint)
        as product_id,
        o.device,
        o.created_at - to_seconds((30 + 400 * (3 - d.step) + 300 * draw)::bigint) as occurred_at
    from drawn d
    join orders o using (order_id)
)
select
    i::bigint as interaction_id,
    'S-' || lpad(order_id::varchar, 8, '0') as session_id,
    customer_id,
    product_id,
    case
        when step = 0 then if(draw < 0.3, 'search', 'view')
        when step = 1 then if(draw < 0.15, 'wishlist', 'view')
        when customer_id is not null or draw < 0.2 then 'add_to_cart' else 'view'
    end as interaction_type,
    device,
    pick(['direct', 'search', 'social', 'email', 'affiliate'], pow(u('referrer', order_id), 1.5)) as referrer,
    (180 * exp(0.7 * normal('load', i)))::int as page_load_ms,
    (90 * exp(0.7 * normal('load', i)) + 20)::int as server_ms,
    case when u('measured', i) < 0.95 then (9000 * exp(1.1 * normal('dwell', i)))::int end as dwell_ms,
    floor(100 * pow(u('scroll', i), 0.7))::int as scroll_percent,
    address(order_id) as ip_address,
    occurred_at,
    occurred_at + to_seconds((1 + 20 * pow(u('arrived', i), 5))::bigint) as received_at
from joined
order by interaction_id
