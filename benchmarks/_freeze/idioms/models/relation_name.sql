{%- set orders = ref('stg_<t>') -%}
select count(*) as n from {{ orders }} where '{{ orders.name }}' <> ''
