select * from {{ ref('tools', '<t>', v=2) }} union all by name select * from {{ ref('<t>', version=1) }}
