{% set condition %}
<n> > 0 and <c> is not null
{% endset %}
select * from {{ ref('stg_<t>') }} where {{ condition }}
