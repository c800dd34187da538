select * exclude (<c>) replace (round(<n>, 2) as <n>) from {{ ref('stg_<t>') }}
