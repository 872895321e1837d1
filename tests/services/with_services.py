"""`python -m tests.services.with_services command…`: runs it with a PostgreSQL and a Redis of its own."""

import os
import subprocess
import sys

from tests.services.postgres import run_postgres
from tests.services.redis import run_redis


def main(command: list[str]) -> int:
    """Run the command with DATABASE_URL and REDIS_URL set; its exit code."""
    with run_postgres() as postgres, run_redis() as redis:
        environment = {**os.environ, "DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
