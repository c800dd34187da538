select
    accountId as account_id,
    accountName as account_name,
    industry,
    employees,
    region
from {{ source('crm', 'accounts') }}
