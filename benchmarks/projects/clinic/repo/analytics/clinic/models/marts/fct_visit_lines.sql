select
    l.line_id,
    l.visit_id,
    l.line_no,
    l.tariff_code,
    l.title,
    l.vat_class,
    l.gross,
    l.net,
    v.visited_on,
    v.doctor_id
from {{ ref('lines_discounted') }} as l
join {{ ref('visits_attended') }} as v on v.visit_id = l.visit_id
