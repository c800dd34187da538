with recursive tree as (
    select <k>, <g>, 0 as depth from {{ ref('stg_<t>') }} where <g> is null
    union all
    select c.<k>, c.<g>, p.depth + 1 from {{ ref('stg_<t>') }} c join tree p on c.<g> = p.<k>
)
select * from tree
