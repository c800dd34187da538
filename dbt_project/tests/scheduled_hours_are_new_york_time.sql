-- fails for each flight whose instant (UTC) is not its local day and hour in New York
select flight_id, scheduled_on, scheduled_hour, scheduled_hour_at
from {{ ref('stg_operations__flights') }}
where (scheduled_on + to_hours(scheduled_hour)) at time zone 'America/New_York' at time zone 'UTC' <> scheduled_hour_at
