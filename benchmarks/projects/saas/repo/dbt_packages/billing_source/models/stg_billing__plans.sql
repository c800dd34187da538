select
    planCode as plan_code,
    planName as plan_name,
    monthlyPrice as monthly_price,
    seatsIncluded as seats_included
from {{ source('billing', 'plans') }}
