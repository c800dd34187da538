-- fails for each order whose amounts contradict each other
select order_id, gross_cents, discount_cents, net_cents, tax_cents, shipping_cents, total_cents
from {{ ref('stg_commerce__orders') }}
where gross_cents <> unit_count * unit_price_cents
    or net_cents <> gross_cents - discount_cents
    or total_cents <> net_cents + tax_cents + shipping_cents
