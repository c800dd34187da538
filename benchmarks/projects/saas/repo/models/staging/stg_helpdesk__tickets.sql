select
    t.ticketId as ticket_id,
    t.customerId as customer_id,
    t.openedAt as opened_at,
    t.openedAt::date as opened_on,
    t.firstReplyMinutes as first_reply_minutes,
    t.priority,
    t.satisfaction
from {{ source('helpdesk', 'tickets') }} as t
