-- one row per subscription; money in US dollars a month
select
    s.subscription_id,
    s.customer_id,
    s.plan_code,
    p.plan_name,
    s.status,
    s.quantity,
    s.started_at,
    s.canceled_at,
    p.monthly_price * s.quantity as monthly_value,
    p.seats_included * s.quantity as seats
from {{ ref('stg_billing__subscriptions') }} as s
left join {{ ref('stg_billing__plans') }} as p on s.plan_code = p.plan_code
