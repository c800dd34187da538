select t.*, p.price from {{ ref('stg_<t>') }} t asof left join {{ ref('prices') }} p on p.<g> = t.<g> and t.<d> >= p.valid_from
