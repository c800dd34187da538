-- one row per product; list prices are log-normal within a category
with numbered as (
    select
        i as product_id,
        ['Kitchen', 'Garden', 'Books', 'Toys', 'Electronics', 'Clothing', 'Sports'][1 + (i % 7)] as category,
        [3.3, 3.5, 2.7, 3.0, 4.6, 3.6, 3.9][1 + (i % 7)] as log_price
    from range(1, getvariable('products') + 1) ids(i)
), priced as (
    select *, greatest(1.5, round(exp(log_price + 0.6 * normal('price', product_id)), 0) - 0.05) as price
    from numbered
)
select
    product_id::bigint as product_id,
    upper(left(category, 3)) || '-' || lpad(product_id::varchar, 5, '0') as sku,
    pick(['Classic', 'Compact', 'Deluxe', 'Everyday', 'Light', 'Pro'], u('line', product_id)) || ' ' || category
    || ' ' || product_id as product_name,
    category,
    category || ' / ' || pick(['basics', 'gifts', 'premium', 'seasonal'], u('subcategory', product_id)) as subcategory,
    pick(['Alder', 'Birch', 'Cedar', 'Elm', 'Hazel', 'Juniper', 'Maple', 'Rowan'], u('brand', product_id)) as brand,
    price::decimal(12, 2) as list_price_amount,
    (price * (0.45 + 0.25 * u('cost', product_id)))::decimal(12, 2) as unit_cost_amount,
    (price * (1.05 + 0.15 * u('suggested', product_id)))::decimal(12, 2) as suggested_price_amount,
    (150 * exp(normal('weight', product_id)))::int as net_weight_grams,
    (180 * exp(normal('weight', product_id)) + 40)::int as shipping_weight_grams,
    case when u('rated', product_id) < 0.9
        then round(least(5, 3.2 + 1.7 * u('rating', product_id)), 2) end as rating_average,
    floor(400 * pow(u('reviews', product_id), 3))::int as review_count,
    floor(900 * u('stock', product_id))::int as stock_units,
    floor(60 + 60 * u('reorder', product_id))::int as reorder_units,
    u('active', product_id) < 0.93 as is_active,
    date '2020-01-01' + (1090 * u('launched', product_id))::int as launched_on,
    case when u('active', product_id) >= 0.93
        then date '2024-06-01' + (200 * u('discontinued', product_id))::int end as discontinued_on,
    timestamp '2020-01-01' + to_seconds((1000 * 86400 * u('created', product_id))::bigint) as created_at,
    timestamp '2024-01-01' + to_seconds((365 * 86400 * u('updated', product_id))::bigint) as updated_at
from priced
order by product_id
