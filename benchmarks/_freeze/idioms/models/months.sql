select date_trunc('month', <d>) as month, count(*) as <t>_count, sum(<n>) as <n>, avg(<n>) as mean_<n>,
    median(<n>) as median_<n>, quantile_cont(<n>, 0.95) as p95
from {{ ref('stg_<t>') }}
group by all
order by all
