{{
  config(
    materialized = 'incremental',
    unique_key = ['<k>', '<c>'],
    on_schema_change = 'append_new_columns',
    tags = ['nightly', '<s>'],
  )
}}
{% set days = var('days', 7) %}
select * from {{ ref('stg_<t>') }}
{%- if is_incremental() and not should_full_refresh() %}
where <d> >= (select max(<d>) - interval '{{ days }} days' from {{ this }})
{%- endif %}
