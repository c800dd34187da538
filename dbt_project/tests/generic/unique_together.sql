{% test unique_together(model, columns) %}
-- fails for each combination of values that more than one row has
select {{ columns | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
