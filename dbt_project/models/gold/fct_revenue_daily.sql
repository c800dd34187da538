-- one row per day (UTC), shipping region and category with an order that was not cancelled; money in US cents
select
    ordered_on,
    shipping_region,
    category_name,
    count(*) as order_count,
    count(distinct customer_id) as customer_count,
    sum(unit_count)::bigint as unit_count,
    sum(gross_cents)::bigint as gross_cents,
    sum(discount_cents)::bigint as discount_cents,
    sum(net_cents)::bigint as net_cents,
    sum(tax_cents)::bigint as tax_cents,
    sum(shipping_cents)::bigint as shipping_cents,
    sum(total_cents)::bigint as total_cents,
    sum(refund_cents)::bigint as refund_cents,
    sum(total_cents - refund_cents)::bigint as kept_cents,
    sum(margin_cents)::bigint as margin_cents
from {{ ref('int_orders_priced') }}
where not is_cancelled
group by ordered_on, shipping_region, category_name
