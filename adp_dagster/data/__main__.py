"""`python -m adp_dagster.data`: deliver the bundled data and land it, for use without Dagster."""

import sys

from adp_dagster.data.delivered import deliver_missing, land_everything
from adp_dagster.data.places import Places
from agents.errors import UsageError


def main() -> int:
    """Exit code 2 where a delivery cannot be used."""
    places = Places.from_env()
    try:
        deliver_missing(places)
        print(f"{land_everything(places)} deliveries of {places.data} landed in {places.warehouse}. Next: `adp build`.")
    except UsageError as error:
        print(f"adp: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
