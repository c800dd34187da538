select <c>, <g>, sum(<n>) as <n>, grouping(<c>) as level from {{ ref('stg_<t>') }} group by rollup (<c>, <g>)
