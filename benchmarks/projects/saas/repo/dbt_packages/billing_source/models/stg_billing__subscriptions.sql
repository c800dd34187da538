with base as (
    select * from {{ source('billing', 'subscriptions') }}
),

fields as (
    select
        {{ billing_source.fill_staging_columns(
            source_columns=adapter.get_columns_in_relation(source('billing', 'subscriptions')),
            staging_columns=billing_source.get_subscriptions_columns()
        ) }}
    from base
)

select * from fields
