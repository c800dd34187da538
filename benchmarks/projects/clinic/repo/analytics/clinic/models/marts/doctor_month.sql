with worked as (
    select
        doctor_id,
        date_trunc('month', visited_on) as month,
        count(*) as visits,
        sum(duration_minutes) as minutes
    from {{ ref('fct_visits') }}
    group by doctor_id, date_trunc('month', visited_on)
),

paid as (
    select
        v.doctor_id,
        date_trunc('month', p.paid_on) as month,
        sum(p.amount) as collected
    from {{ ref('fct_payments') }} as p
    join {{ ref('stg_visits') }} as v on v.visit_id = p.visit_id
    where p.channel <> 'giro'
    group by v.doctor_id, date_trunc('month', p.paid_on)
)

select
    d.doctor_id,
    d.full_name,
    d.department_name,
    w.month,
    w.visits,
    w.minutes,
    coalesce(p.collected, 0) as collected
from worked as w
join {{ ref('stg_doctors') }} as d on d.doctor_id = w.doctor_id
left join paid as p on p.doctor_id = w.doctor_id and p.month = w.month
