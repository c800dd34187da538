select
    h.patient_no,
    p.sex,
    p.birth_year,
    h.insurer,
    h.postal_code,
    p.registered_on
from {{ ref('patients_history') }} as h
join {{ ref('stg_patients') }} as p on p.patient_no = h.patient_no
where h.dbt_valid_to is null
