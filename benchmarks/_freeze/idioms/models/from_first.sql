from {{ ref('stg_<t>') }} select <k>, <n> where <n> > 0
