select
    customer_id,
    count(*) as ticket_count,
    count(*) filter (where priority in ('high', 'urgent')) as pressing_count,
    avg(first_reply_minutes) as mean_reply_minutes,
    avg(satisfaction) as mean_satisfaction
from {{ ref('stg_helpdesk__tickets') }}
group by customer_id
