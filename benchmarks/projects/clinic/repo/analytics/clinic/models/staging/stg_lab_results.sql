with raw as (select * from {{ source('clinic_raw', 'lab_results') }})

select
    result_id,
    visit_id,
    analyte,
    result_value,
    result_unit,
    taken_at
from raw
