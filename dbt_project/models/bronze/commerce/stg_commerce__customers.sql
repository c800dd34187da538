-- one row per customer; times UTC
select
    customer_id,
    first_name,
    last_name,
    email as email_address,
    phone as phone_number,
    street_address,
    city as city_name,
    region as home_region,
    country as country_code,
    postal_code,
    birth_date as born_on,
    loyalty_tier,
    loyalty_points,
    acquisition_channel,
    marketing_opt_in as has_opted_in,
    created_at as signed_up_at,
    last_login_at,
    updated_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'customers') }}
