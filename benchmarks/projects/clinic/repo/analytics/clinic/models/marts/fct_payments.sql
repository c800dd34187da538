{{ config(materialized='incremental', unique_key='payment_ref', on_schema_change='fail') }}
select
    payment_ref,
    visit_id,
    paid_on,
    amount,
    channel
from {{ ref('stg_payments') }}
{% if is_incremental() %}
where paid_on >= (select max(paid_on) from {{ this }})
{% endif %}
