select * from (unpivot {{ ref('stg_<t>') }} on <n>, <k> into name metric value v)
