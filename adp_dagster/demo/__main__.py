"""`python -m adp_dagster.demo`."""

import sys

from adp_dagster.demo.play import main

if __name__ == "__main__":
    sys.exit(main())
