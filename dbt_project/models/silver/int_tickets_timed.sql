-- one row per ticket; durations in whole minutes
select
    ticket_id,
    customer_id,
    order_id,
    ticket_topic,
    ticket_channel,
    ticket_priority,
    ticket_status,
    message_count,
    reopened_count,
    satisfaction_score,
    opened_at::date as opened_on,
    resolved_at::date as resolved_on,
    date_diff('minute', opened_at, first_response_at) as first_response_minutes,
    date_diff('minute', opened_at, resolved_at) as resolution_minutes
from {{ ref('stg_commerce__support_tickets') }}
