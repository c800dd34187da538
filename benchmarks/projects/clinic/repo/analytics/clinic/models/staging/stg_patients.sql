select
    patient_no,
    sex,
    birth_year,
    insurer,
    postal_code,
    registered_on
from {{ ref('patients') }}
