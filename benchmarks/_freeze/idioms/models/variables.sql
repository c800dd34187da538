select * from {{ ref('stg_<t>') }}
where <d> >= '{{ var("start_date") }}'
  and <d> < '{{ var('end_date', '2030-01-01') }}'
  {% if var('only_new', false) %}and <c> = 'new'{% endif %}
