select
    invoice_id,
    subscription_id,
    customer_id,
    issued_on,
    currency,
    invoice_status,
    amount_due,
    amount_paid,
    tax_amount,
    received,
    amount_due - amount_paid as outstanding,
    date_diff('day', issued_on, last_paid_at::date) as days_to_pay
from {{ ref('int_invoices_settled') }}
where invoice_status <> 'void'
