select
    l.line_id,
    l.visit_id,
    l.line_no,
    l.tariff_code,
    t.title,
    t.vat_class,
    l.discount_share,
    l.quantity * t.unit_price as gross
from {{ ref('stg_visit_lines') }} as l
join {{ ref('stg_tariffs') }} as t on t.tariff_code = l.tariff_code
