select
    p.insurer,
    p.sex,
    r.analyte,
    r.result_unit,
    count(*) as results,
    avg(r.result_value) as mean_value,
    max(r.taken_at) as last_taken_at
from {{ ref('stg_lab_results') }} as r
join {{ ref('stg_visits') }} as v on v.visit_id = r.visit_id
join {{ ref('dim_patients') }} as p on p.patient_no = v.patient_no
group by p.insurer, p.sex, r.analyte, r.result_unit
