select
    d.doctor_id,
    d.full_name,
    d.department_code,
    e.department_name,
    e.floor,
    d.hired_on,
    d.is_consultant
from {{ ref('doctors') }} as d
left join {{ ref('departments') }} as e on e.department_code = d.department_code
