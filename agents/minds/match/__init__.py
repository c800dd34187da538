"""Which of the candidates is the column or table that is missed: names, types and data in one probability."""
