{{ tools.union_relations(relations=[ref('stg_<t>'), ref('old_<t>')]) }}
