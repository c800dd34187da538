-- one row per month and currency
select
    date_trunc('month', i.issued_on) as month,
    i.currency,
    count(*) as invoice_count,
    round(sum(i.amount_due), 2) as billed,
    round(sum(i.amount_paid), 2) as paid,
    round(sum(i.tax_amount), 2) as tax
from {{ ref('fct_invoices') }} as i
group by 1, 2
