with base as (
    select * from {{ source('billing', 'invoices') }}
),

fields as (
    select
        {{ billing_source.fill_staging_columns(
            source_columns=adapter.get_columns_in_relation(source('billing', 'invoices')),
            staging_columns=billing_source.get_invoices_columns()
        ) }}
    from base
)

select * from fields
