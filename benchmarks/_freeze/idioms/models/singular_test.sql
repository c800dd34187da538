select * from {{ ref('stg_<t>') }} where <n> < 0
