-- one row per ticket; times UTC
select
    ticket_id,
    customer_id,
    order_id,
    requester_email,
    agent_name,
    topic as ticket_topic,
    channel as ticket_channel,
    priority as ticket_priority,
    status as ticket_status,
    message_count,
    reopened_count,
    satisfaction_score,
    created_at as opened_at,
    first_response_at,
    resolved_at,
    updated_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'support_tickets') }}
