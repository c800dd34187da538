select
    tariff_code,
    title,
    unit_price,
    vat_class
from {{ ref('tariffs') }}
