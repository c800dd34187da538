"""What Dagster shows of trouble, turned into requests for `heal_job`; each tick that asks for nothing says why."""
