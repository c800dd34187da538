with a as ({{ tools.deduplicate(relation=ref('stg_<t>'), partition_by='<k>', order_by='<d> desc') }})
select * from a
