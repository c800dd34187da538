with deals as (
    select
        account_id,
        sum(deal_value) as won_value,
        max(closed_on) as last_won_on
    from {{ ref('stg_crm__deals') }}
    where stage = 'won'
    group by account_id
),

customers as (
    select
        account_id,
        count(*) as customer_count,
        sum(ticket_count) as ticket_count
    from {{ ref('dim_customers') }}
    where is_active
    group by account_id
)

select
    a.account_id,
    a.account_name,
    a.region,
    a.employees,
    coalesce(d.won_value, 0) as won_value,
    coalesce(d.won_value, 0) / a.employees as won_value_per_employee,
    d.last_won_on,
    coalesce(c.customer_count, 0) as customer_count,
    coalesce(c.ticket_count, 0) as ticket_count
from {{ ref('stg_crm__accounts') }} as a
left join deals as d on a.account_id = d.account_id
left join customers as c on a.account_id = c.account_id
