select
    <k>,
    lag(<n>) over w as previous_<n>,
    sum(<n>) over (partition by <g> order by <d> rows between unbounded preceding and current row) as running_<n>,
    ntile(4) over w as quartile
from {{ ref('stg_<t>') }}
window w as (partition by <g> order by <d>)
