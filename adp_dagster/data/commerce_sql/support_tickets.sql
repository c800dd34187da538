-- one row per ticket; about one order in ten makes somebody write
with drawn as (
    select
        o.order_id,
        o.customer_id,
        row_number() over (order by o.order_id) as i,
        o.created_at + to_seconds((3600 + 86400 * 12 * u('writes after', o.order_id))::bigint) as created_at,
        o.status as order_status
    from orders o
    where u('writes', o.order_id) < if(o.status in ('returned', 'cancelled'), 0.35, 0.075)
), graded as (
    select
        *,
        case when u('priority', order_id) < 0.08 then 'urgent' when u('priority', order_id) < 0.28 then 'high'
            when u('priority', order_id) < 0.75 then 'normal' else 'low' end as priority
    from drawn
), timed as (
    select
        *,
        case priority when 'urgent' then 0.5 when 'high' then 2 when 'normal' then 7 else 16 end as pace_hours
    from graded
), answered as (
    select
        *,
        created_at + to_seconds((3600 * pace_hours * exp(0.6 * normal('first', order_id)))::bigint) as first_response_at,
        created_at + to_seconds((3600 * pace_hours * (3 + 5 * exp(0.8 * normal('solve', order_id))))::bigint)
        as resolved_at
    from timed
), closed as (
    -- What the delivery cannot know yet is empty.
    select * replace (
        if(first_response_at < timestamp '2025-01-01', first_response_at, null) as first_response_at,
        if(greatest(resolved_at, first_response_at) < timestamp '2025-01-01' and u('left open', order_id) < 0.97,
            greatest(resolved_at, first_response_at), null) as resolved_at
    )
    from answered
    where created_at < timestamp '2025-01-01'
)
select
    'T-' || lpad(i::varchar, 7, '0') as ticket_id,
    customer_id,
    if(u('names order', order_id) < 0.85, order_id, null)::bigint as order_id,
    email(customer_id) as requester_email,
    given_name(1000 + (11 * u('agent', order_id))::int) as agent_name,
    case when order_status = 'returned' then 'return'
        else pick(['delivery', 'delivery', 'product', 'payment', 'account'], u('topic', order_id)) end as topic,
    pick(['email', 'email', 'chat', 'phone'], u('ticket channel', order_id)) as channel,
    priority,
    case when resolved_at is not null then 'resolved' when first_response_at is not null then 'open'
        else 'new' end as status,
    (1 + floor(8 * pow(u('messages', order_id), 2)))::int as message_count,
    case when u('reopened', order_id) < 0.07 then 1 else 0 end::int as reopened_count,
    case when resolved_at is not null and u('rates', order_id) < 0.4
        then [1, 2, 3, 4, 4, 5, 5, 5][1 + floor(8 * u('score', order_id))::int] end::int as satisfaction_score,
    created_at,
    coalesce(resolved_at, first_response_at, created_at) + interval 5 minute as updated_at,
    first_response_at,
    resolved_at
from closed
order by ticket_id
