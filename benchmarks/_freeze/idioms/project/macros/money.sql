{% macro cents_to_dollars(column, scale=2) %}round({{ column }} / 100.0, {{ scale }}){% endmacro %}
{% macro limit_in_dev(column, days=3) %}{% if target.name == 'dev' %}where {{ column }} > now() - interval '{{ days }} days'{% endif %}{% endmacro %}
{% macro audit_columns() %}now() as loaded_at{% endmacro %}
