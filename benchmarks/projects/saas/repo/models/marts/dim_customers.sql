select
    c.customer_id,
    c.company_name,
    c.country,
    c.signup_date,
    c.is_active,
    a.account_id,
    a.account_name,
    a.industry,
    a.region,
    coalesce(t.ticket_count, 0) as ticket_count,
    t.mean_satisfaction
from {{ ref('stg_billing__customers') }} as c
left join {{ ref('stg_crm__accounts') }} as a on c.account_ref = a.account_id
left join {{ ref('int_tickets_by_customer') }} as t on c.customer_id = t.customer_id
