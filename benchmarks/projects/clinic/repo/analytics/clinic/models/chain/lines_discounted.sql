select
    line_id,
    visit_id,
    line_no,
    tariff_code,
    title,
    vat_class,
    gross,
    {{ net_of('gross', 'discount_share') }} as net
from {{ ref('lines_priced') }}
