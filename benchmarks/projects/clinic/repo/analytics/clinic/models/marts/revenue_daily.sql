-- one row per day and department; money in NOK
select
    l.visited_on,
    d.department_name,
    count(distinct l.visit_id) as visits,
    sum(l.gross) as gross,
    sum(l.net) as net
from {{ ref('fct_visit_lines') }} as l
join {{ ref('stg_doctors') }} as d on d.doctor_id = l.doctor_id
group by l.visited_on, d.department_name
