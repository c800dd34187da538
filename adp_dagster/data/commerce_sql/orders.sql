-- one row per order of one product; gross - discount = net, net + tax + shipping = total
with popularity as (
    select
        *,
        (sum(pow(product_id, -0.7)) over (order by product_id) - pow(product_id, -0.7))
        / sum(pow(product_id, -0.7)) over () as lower_bound
    from products
), drawn as (
    select
        i as order_id,
        1 + floor(getvariable('customers') * pow(u('customer', i), 1.6))::bigint as customer_id,
        u('product', i) as product_draw,
        u('day', i) as day_draw,
        [1, 1, 1, 1, 1, 1, 2, 2, 3, 5][1 + floor(10 * u('quantity', i))::int] as quantity,
        u('status', i) as status_draw,
        case when u('has coupon', i) < 0.22
            then pick(['WELCOME10', 'SPRING15', 'LOYAL20', 'FREESHIP'], u('coupon', i)) end as coupon_code
    from range(1, getvariable('orders') + 1) ids(i)
), priced as (
    select
        d.*,
        p.product_id,
        p.list_price_amount as unit_price_amount,
        (d.quantity * p.list_price_amount)::decimal(12, 2) as gross_amount,
        days.day + to_seconds((86399 * pow(u('second', order_id), 0.8))::bigint) as created_at
    from drawn d
    asof join popularity p on d.product_draw >= p.lower_bound
    asof join days on d.day_draw >= days.lower_bound
), discounted as (
    select
        *,
        (gross_amount * case coupon_code
            when 'WELCOME10' then 0.10 when 'SPRING15' then 0.15 when 'LOYAL20' then 0.20 else 0 end
            + case when month(created_at) = 11 then gross_amount * 0.05 else 0 end)::decimal(12, 2) as discount_amount,
        case
            when status_draw < 0.04 then 'cancelled'
            when status_draw < 0.09 and created_at < timestamp '2024-12-15' then 'returned'
            when created_at < timestamp '2024-12-20' then 'delivered'
            when created_at < timestamp '2024-12-28' then 'shipped'
            when created_at < timestamp '2024-12-31' then 'paid' else 'pending'
        end as status
    from priced
), netted as (
    select
        *,
        gross_amount - discount_amount as net_amount,
        case when gross_amount > 75 or coupon_code = 'FREESHIP' then 0
            else 4.95 + round(3 * u('shipping', order_id), 1) end::decimal(12, 2) as shipping_amount,
        [0.0, 0.0625, 0.07, 0.0825][1 + floor(4 * u('tax', customer_id))::int] as tax_rate
    from discounted
), totalled as (
    select *, (net_amount * tax_rate)::decimal(12, 2) as tax_amount from netted
)
select
    order_id::bigint as order_id,
    customer_id,
    product_id,
    given_name(customer_id) || ' ' || family_name(customer_id) as recipient_name,
    status,
    pick(['card', 'card', 'card', 'wallet', 'wallet', 'bank_transfer', 'gift_card'], u('payment', order_id))
    as payment_method,
    case when u('device', order_id) < 0.55 then 'mobile' when u('device', order_id) < 0.92 then 'desktop'
        else 'tablet' end as device,
    'USD' as currency,
    coupon_code,
    quantity::int as quantity,
    unit_price_amount,
    gross_amount,
    discount_amount,
    net_amount::decimal(12, 2) as net_amount,
    tax_amount,
    shipping_amount,
    (net_amount + tax_amount + shipping_amount)::decimal(12, 2) as total_amount,
    case when status = 'returned'
        then ((net_amount + tax_amount) * case when u('part', order_id) < 0.2 then 0.5 else 1 end)::decimal(12, 2)
    end as refund_amount,
    -- Few parcels go elsewhere than where the customer lives.
    case when u('gift', order_id) < 0.06 then region_of(order_id + 7) else region_of(customer_id) end
    as shipping_region,
    postal_code(customer_id) as shipping_postal_code,
    postal_code(case when u('bill', order_id) < 0.05 then order_id else customer_id end) as billing_postal_code,
    created_at,
    case when status not in ('cancelled', 'pending')
        then created_at + to_seconds((30 + 1800 * u('paid', order_id))::bigint) end as paid_at,
    case when status in ('shipped', 'delivered', 'returned')
        then created_at + to_seconds((7200 + 86400 * 2 * u('shipped', order_id))::bigint) end as shipped_at,
    case when status in ('delivered', 'returned')
        then created_at + to_seconds((86400 * (2.2 + 5 * u('delivered', order_id)))::bigint) end as delivered_at,
    greatest(created_at, paid_at, shipped_at, delivered_at)
    + to_seconds((600 * u('updated', order_id))::bigint) as updated_at
from totalled
order by order_id
