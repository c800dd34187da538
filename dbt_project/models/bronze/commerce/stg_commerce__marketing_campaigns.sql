-- one row per campaign; money in US cents, both dates within the campaign
select
    campaign_id,
    campaign_name,
    channel as campaign_channel,
    objective as campaign_objective,
    target_region,
    (budget_amount * 100)::bigint as budget_cents,
    (committed_amount * 100)::bigint as committed_cents,
    (spend_amount * 100)::bigint as spend_cents,
    starts_on,
    ends_on,
    owner_email,
    created_at,
    updated_at,
    _loaded_at as loaded_at
from {{ source('commerce', 'marketing_campaigns') }}
