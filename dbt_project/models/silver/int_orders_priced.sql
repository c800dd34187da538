-- one row per order; money in US cents
select
    o.order_id,
    o.customer_id,
    o.product_id,
    p.category_name,
    o.ordered_at,
    o.ordered_at::date as ordered_on,
    o.order_status,
    o.order_status = 'cancelled' as is_cancelled,
    o.payment_method,
    o.order_device,
    o.currency_code,
    o.coupon_code,
    o.unit_count,
    o.unit_price_cents,
    o.gross_cents,
    o.discount_cents,
    o.net_cents,
    o.tax_cents,
    o.shipping_cents,
    o.total_cents,
    o.refund_cents,
    o.unit_count * p.unit_cost_cents as cost_cents,
    o.net_cents - o.unit_count * p.unit_cost_cents as margin_cents,
    o.shipping_region,
    c.home_region,
    date_diff('minute', o.ordered_at, o.paid_at) as paying_minutes,
    date_diff('hour', o.ordered_at, o.shipped_at) as shipping_hours,
    date_diff('hour', o.ordered_at, o.delivered_at) as delivery_hours
from {{ ref('stg_commerce__orders') }} as o
left join {{ ref('stg_commerce__products') }} as p on o.product_id = p.product_id
left join {{ ref('stg_commerce__customers') }} as c on o.customer_id = c.customer_id
