with base as (
    select * from {{ source('billing', 'payments') }}
),

fields as (
    select
        {{ billing_source.fill_staging_columns(
            source_columns=adapter.get_columns_in_relation(source('billing', 'payments')),
            staging_columns=billing_source.get_payments_columns()
        ) }}
    from base
)

select * from fields
