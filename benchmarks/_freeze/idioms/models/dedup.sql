select * from {{ ref('stg_<t>') }}
qualify row_number() over (partition by <k> order by <d> desc) = 1
