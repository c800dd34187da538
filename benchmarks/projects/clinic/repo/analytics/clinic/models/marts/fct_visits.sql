{{ config(materialized='incremental') }}
-- one row per attended visit; each night appends the days that are new
select
    v.visit_id,
    v.patient_no,
    v.doctor_id,
    d.department_code,
    v.visited_on,
    v.order_of_day,
    v.visit_kind,
    v.duration_minutes
from {{ ref('visits_attended') }} as v
left join {{ ref('stg_doctors') }} as d on d.doctor_id = v.doctor_id
{% if is_incremental() %}
where v.visited_on > (select max(visited_on) from {{ this }})
{% endif %}
