select
    opened_on,
    priority,
    count(*) as tickets,
    avg(first_reply_minutes) as mean_reply_minutes,
    count(satisfaction) as rated
from {{ ref('stg_helpdesk__tickets') }}
group by opened_on, priority
