-- one row per campaign; money in US cents
select
    campaign_id,
    campaign_name,
    campaign_channel,
    campaign_objective,
    target_region,
    budget_cents,
    committed_cents,
    spend_cents,
    starts_on,
    ends_on,
    date_diff('day', starts_on, ends_on) + 1 as length_days
from {{ ref('stg_commerce__marketing_campaigns') }}
