select t.* from {{ ref('stg_<t>') }} t anti join {{ ref('seen_<t>') }} s on s.<k> = t.<k>
