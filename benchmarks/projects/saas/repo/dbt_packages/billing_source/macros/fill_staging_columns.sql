{# Selects the columns that staging wants; what the source does not deliver becomes null. #}
{% macro fill_staging_columns(source_columns, staging_columns) -%}
{%- set delivered = source_columns | map(attribute='name') | map('lower') | list -%}
{%- for column in staging_columns %}
    {% if column.name | lower in delivered -%}
    {{ adapter.quote(column.name) }} as {{ column.alias }}
    {%- else -%}
    cast(null as {{ column.datatype }}) as {{ column.alias }}
    {%- endif -%}
    {{ "," if not loop.last }}
{%- endfor %}
{%- endmacro %}
