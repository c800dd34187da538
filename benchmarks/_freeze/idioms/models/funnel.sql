select <g>, count_if(<c> = 'view') as views, count_if(<c> = 'buy') as buys,
    {{ tools.safe_divide('buys', 'views') }} as rate, nullif(views, 0) as v, greatest(views, buys) as most, ifnull(buys, 0) as b
from {{ ref('stg_<t>') }}
group by <g>
having count(*) > 1
