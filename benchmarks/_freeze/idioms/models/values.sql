select * from (values ('a', 1), ('b', 2)) as v(<c>, sort_order)
