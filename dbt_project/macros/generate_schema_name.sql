{# The layer's name is the schema's name: no target in front, so that readers write gold.dim_planes. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}
