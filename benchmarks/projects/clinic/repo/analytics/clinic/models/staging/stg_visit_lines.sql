-- one row per billed line of a visit
select
    line_id,
    visit_id,
    "order" as line_no,
    tariff_code,
    quantity,
    discount_share
from {{ source('clinic_raw', 'visit_lines') }}
where quantity > 0
