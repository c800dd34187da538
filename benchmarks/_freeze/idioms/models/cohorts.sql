with firsts as (select <g>, min(<d>)::date as first_on from {{ ref('stg_<t>') }} group by <g>)
select f.first_on, date_diff('month', f.first_on, t.<d>) as months, count(distinct t.<g>) as n
from firsts f
join {{ ref('stg_<t>') }} t using (<g>)
group by 1, 2
