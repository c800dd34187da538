-- reads {{ ref('stg_<t>') }}; {# dbt removes this #}
/* <n>: in US cents */
select <k> -- the key
from {{ ref('stg_<t>') }} -- {{ this.name }}
