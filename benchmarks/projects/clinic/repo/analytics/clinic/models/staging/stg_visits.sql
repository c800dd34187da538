-- one row per visit
select
    visit_id,
    patient_no,
    doctor_id,
    visited_at,
    cast(visited_at as date) as visited_on,
    "order" as order_of_day,
    visit_kind,
    duration_minutes,
    no_show
from {{ source('clinic_raw', 'visits') }}
