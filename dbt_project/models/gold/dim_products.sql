-- one row per product; money in US cents, weights in grams
select
    product_id,
    sku_code,
    product_name,
    category_name,
    subcategory_name,
    brand_name,
    list_price_cents,
    unit_cost_cents,
    suggested_price_cents,
    (list_price_cents - unit_cost_cents) / list_price_cents as margin_share,
    net_weight_grams,
    shipping_weight_grams,
    mean_rating,
    review_count,
    stock_units,
    stock_units < reorder_units as is_to_reorder,
    is_active,
    launched_on,
    discontinued_on
from {{ ref('stg_commerce__products') }}
