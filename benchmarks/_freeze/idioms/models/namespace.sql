{% set ns = namespace(total=0) %}
{% for n in [1, 2, 3] %}{% set ns.total = ns.total + n %}{% endfor %}
select *, {{ ns.total }} as weight from {{ ref('stg_<t>') }}
