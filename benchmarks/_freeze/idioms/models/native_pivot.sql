pivot {{ ref('stg_<t>') }} on <c> in ('a', 'b') using sum(<n>) group by <g>
