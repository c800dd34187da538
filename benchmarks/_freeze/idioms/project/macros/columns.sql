{% macro columns_of(relation) %}{{ return(adapter.get_columns_in_relation(relation)) }}{% endmacro %}
