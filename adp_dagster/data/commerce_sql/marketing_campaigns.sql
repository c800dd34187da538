-- one row per campaign: four a month, each running into the middle of the next month
with numbered as (
    select 4 * m + channel as campaign_id, m, channel, date '2023-01-01' + to_months(m::int) as month_start
    from range(24) months(m), range(1, 5) channels(channel)
), planned as (
    select *, exp(8.6 + 0.5 * normal('budget', campaign_id)) as budget from numbered
)
select
    campaign_id::bigint as campaign_id,
    strftime(month_start, '%b %Y ') || ['Newsletter', 'Search', 'Social', 'Display'][channel] as campaign_name,
    ['email', 'search', 'social', 'display'][channel] as channel,
    pick(['acquisition', 'retention', 'reactivation', 'clearance'], u('objective', campaign_id)) as objective,
    case when u('targeted', campaign_id) < 0.3 then region_of(campaign_id) end as target_region,
    budget::decimal(12, 2) as budget_amount,
    (budget * (0.7 + 0.4 * u('spent', campaign_id)))::decimal(12, 2) as spend_amount,
    (budget * (0.9 + 0.1 * u('committed', campaign_id)))::decimal(12, 2) as committed_amount,
    month_start::date as starts_on,
    (month_start + interval 1 month + interval 14 day)::date as ends_on,
    lower(given_name(campaign_id % 6)) || '.' || lower(family_name(campaign_id % 6)) || '@shop.example' as owner_email,
    month_start - interval 20 day + to_seconds((86400 * u('created', campaign_id))::bigint) as created_at,
    month_start - interval 3 day + to_seconds((86400 * u('updated', campaign_id))::bigint) as updated_at
from planned
order by campaign_id
