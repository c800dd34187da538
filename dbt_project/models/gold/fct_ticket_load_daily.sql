-- one row per day (UTC) and priority on which a ticket was opened or resolved; durations in minutes
with opened as (
    select
        opened_on as day_on,
        ticket_priority,
        count(*) as opened_count,
        count(*) filter (where ticket_topic = 'return') as return_count,
        sum(message_count)::bigint as message_count,
        sum(reopened_count)::bigint as reopened_count,
        avg(first_response_minutes) as mean_first_response_minutes,
        avg(resolution_minutes) as mean_resolution_minutes,
        avg(satisfaction_score) as mean_satisfaction_score
    from {{ ref('int_tickets_timed') }}
    group by day_on, ticket_priority
),

resolved as (
    select resolved_on as day_on, ticket_priority, count(*) as resolved_count
    from {{ ref('int_tickets_timed') }}
    where resolved_on is not null
    group by day_on, ticket_priority
)

select
    day_on,
    ticket_priority,
    coalesce(opened_count, 0) as opened_count,
    coalesce(resolved_count, 0) as resolved_count,
    -- Opened up to the end of this day and not yet resolved then.
    sum(coalesce(opened_count, 0) - coalesce(resolved_count, 0))
        over (partition by ticket_priority order by day_on)::bigint as waiting_count,
    coalesce(return_count, 0) as return_count,
    coalesce(message_count, 0) as message_count,
    coalesce(reopened_count, 0) as reopened_count,
    mean_first_response_minutes,
    mean_resolution_minutes,
    mean_satisfaction_score
from opened
full join resolved using (day_on, ticket_priority)
