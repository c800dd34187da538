select <g>, list(<n> order by <d>) as ns, list_transform(ns, x -> x * 2) as doubled,
    [x for x in ns if x > 1] as large, list_aggregate(ns, 'sum') as total, {'a': 1, 'b': 'x'} as s, ns[1] as first_n
from {{ ref('stg_<t>') }}
group by <g>
