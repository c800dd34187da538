with base as (
    select * from {{ source('billing', 'customers') }}
),

fields as (
    select
        {{ billing_source.fill_staging_columns(
            source_columns=adapter.get_columns_in_relation(source('billing', 'customers')),
            staging_columns=billing_source.get_customers_columns()
        ) }}
    from base
)

select * from fields
