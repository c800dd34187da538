select <k>, <d> at time zone 'UTC' at time zone 'Europe/Oslo' as local_at, extract('dow' from <d>) as dow,
    strftime(<d>, '%Y-%m') as month, strptime('2020-01-01', '%Y-%m-%d') as t0, <d> + interval 1 day as next_at,
    epoch_ms(<d>) as ms, time_bucket(interval '15 minutes', <d>) as slot, last_day(<d>::date) as month_end
from {{ ref('stg_<t>') }}
