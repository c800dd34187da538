select
    s.plan_code,
    s.plan_name,
    c.country,
    count(*) as subscription_count,
    sum(s.monthly_value) as monthly_value,
    sum(case when s.status = 'active' then 1 else 0 end) as active_count,
    sum(s.seats) as seats
from {{ ref('int_subscriptions_priced') }} as s
join {{ ref('stg_billing__customers') }} as c on s.customer_id = c.customer_id
where s.status <> 'canceled'
group by s.plan_code, s.plan_name, c.country
