select <g>, corr(<n>, epoch(<d>)) as trend, stddev(<n>) as spread, skewness(<n>) as skew, mode(<c>) as usual,
    approx_count_distinct(<k>) as keys, arg_max(<c>, <n>) as best, string_agg(<c>, ', ' order by <d>) as path,
    any_value(<c>) as some, bool_or(<n> > 1) as large, histogram(<c>) as counts
from {{ ref('stg_<t>') }} group by 1
