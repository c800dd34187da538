-- one row per product; money in US cents, weights in grams
select
    product_id,
    sku as sku_code,
    product_name,
    category as category_name,
    subcategory as subcategory_name,
    brand as brand_name,
    (list_price_amount * 100)::bigint as list_price_cents,
    (unit_cost_amount * 100)::bigint as unit_cost_cents,
    (suggested_price_amount * 100)::bigint as suggested_price_cents,
    net_weight_grams,
    shipping_weight_grams,
    rating_average as mean_rating,
    review_count,
    stock_units,
    reorder_units,
    is_active,
    launched_on,
    discontinued_on,
    created_at,
    updated_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'products') }}
