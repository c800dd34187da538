{% test between(model, column_name, least=none, most=none) %}
-- fails for each value outside the range; an empty value is for not_null to judge
select {{ column_name }}
from {{ model }}
where false
{% if least is not none %} or {{ column_name }} < {{ least }}{% endif %}
{% if most is not none %} or {{ column_name }} > {{ most }}{% endif %}
{% endtest %}
