with source as (
    select * from {{ source('<s>', '<t>') }}
),

renamed as (
    select
        <k>,
        <n>::decimal(18, 2) as <n>,
        lower(trim(<c>)) as <c>,
        cast(<d> as timestamp) as <d>
    from source
)

select * from renamed
