"""`python -m tests.chaos.city DIRECTORY PUBLIC_URL`: a demo city that starts again whatever is killed."""

import sys
from pathlib import Path

from deploy.commands import up
from deploy.demo.run import CITY, SETTINGS


def main() -> None:
    """Run until stopped."""
    directory, public_url = Path(sys.argv[1]), sys.argv[2]
    with up.running(directory, CITY, public_url, print, SETTINGS) as city:
        city.watch()


if __name__ == "__main__":
    main()
