select payment_ref, visit_id, paid_on, amount, channel
from {{ source('clinic_raw', 'payments') }}
