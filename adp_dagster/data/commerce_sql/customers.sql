-- one row per customer; nobody orders before signing up
with first_orders as (
    select customer_id, min(created_at) as first_order_at from orders group by customer_id
), numbered as (
    select
        i as customer_id,
        first_order_at,
        least(
            timestamp '2020-06-01' + to_seconds((1600 * 86400 * u('signup', i))::bigint),
            first_order_at - to_seconds((60 + 7200 * u('signup before', i))::bigint)
        ) as created_at
    from range(1, getvariable('customers') + 1) ids(i)
    left join first_orders on first_orders.customer_id = i
)
select
    customer_id::bigint as customer_id,
    given_name(customer_id) as first_name,
    family_name(customer_id) as last_name,
    email(customer_id) as email,
    case when u('has phone', customer_id) < 0.92
        then '+1-555-' || lpad((10000000 * u('phone', customer_id))::int::varchar, 7, '0') end as phone,
    (1 + 1900 * u('house', customer_id))::int || ' '
    || pick(['Main St', 'Oak Ave', 'Park Rd', 'Lake Dr', 'Hill St', 'Mill Ln'], u('street', customer_id))
    as street_address,
    pick(case region_of(customer_id)
        when 'Northeast' then ['Boston', 'New York', 'Philadelphia'] when 'Midwest' then ['Chicago', 'Detroit', 'Omaha']
        when 'South' then ['Atlanta', 'Dallas', 'Miami'] else ['Denver', 'Portland', 'San Diego'] end,
    u('city', customer_id)) as city,
    region_of(customer_id) as region,
    'US' as country,
    postal_code(customer_id) as postal_code,
    case when u('has birth date', customer_id) < 0.85
        then date '1945-01-01' + (21900 * u('birth date', customer_id))::int end as birth_date,
    case when u('tier', customer_id) < 0.7 then 'basic' when u('tier', customer_id) < 0.93 then 'silver'
        else 'gold' end as loyalty_tier,
    floor(4000 * pow(u('points', customer_id), 4))::int as loyalty_points,
    pick(['organic', 'organic', 'search', 'social', 'referral', 'email'], u('channel', customer_id))
    as acquisition_channel,
    u('opt in', customer_id) < 0.61 as marketing_opt_in,
    created_at,
    created_at + to_seconds((86400 * 200 * u('updated', customer_id))::bigint) as updated_at,
    case when first_order_at is not null
        then first_order_at + to_seconds((86400 * 30 * u('login', customer_id))::bigint) end as last_login_at
from numbered
order by customer_id
