with source as (

    select * from {{ source('crm', 'deals') }}

),

renamed as (

    select
        dealId as deal_id,
        accountId as account_id,
        stage,
        dealValue as deal_value,  -- US dollars
        closedOn as closed_on
    from source

)

select * from renamed
