{{ config(materialized='incremental', unique_key='<k>', incremental_strategy='delete+insert') }}
select *, {{ audit_columns() }}
from {{ ref('stg_<t>') }}
{% if is_incremental() %}
where <d> > (select coalesce(max(<d>), '1900-01-01') from {{ this }})
{% endif %}
