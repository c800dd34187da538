-- one row per invoice, with what was really paid for it
with payments as (
    select
        invoice_id,
        sum(amount) as received,
        count(*) as payment_count,
        max(paid_at) as last_paid_at
    from {{ ref('stg_billing__payments') }}
    where succeeded
    group by invoice_id
)

select
    i.invoice_id,
    i.subscription_id,
    i.customer_id,
    i.issued_on,
    i.amount_due,
    i.amount_paid,
    i.tax_amount,
    i.currency,
    i.invoice_status,
    coalesce(p.received, 0) as received,
    coalesce(p.payment_count, 0) as payment_count,
    p.last_paid_at
from {{ ref('stg_billing__invoices') }} as i
left join payments as p on i.invoice_id = p.invoice_id
