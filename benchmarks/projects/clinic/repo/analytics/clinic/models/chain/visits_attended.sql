select * from {{ ref('stg_visits') }}
where not no_show
