{% set rates = {'eur': 1.1, 'gbp': 1.3} %}
select <k>,
    case <c>
    {% for code, rate in rates.items() %}
        when '{{ code }}' then <n> * {{ rate }}
    {% endfor %}
        else <n>
    end as usd
from {{ ref('stg_<t>') }}
