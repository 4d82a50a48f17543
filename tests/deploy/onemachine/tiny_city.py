"""A city of two tiny services: `python tiny_city.py DIRECTORY PUBLIC_URL`; also these services themselves."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAMES = ("catalogue", "badges")


class Tiny(BaseHTTPRequestHandler):
    """Answers every GET with what the service was told and may know."""

    def do_GET(self) -> None:
        secrets = sorted(one.name for one in Path(os.environ["SECRETS_DIR"]).iterdir())
        told = json.dumps({"name": sys.argv[2], "secrets": secrets, "environment": dict(os.environ)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is theirs
        """Quiet."""


def main() -> None:
    if sys.argv[1] == "serve":
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Tiny).serve_forever()
    from deploy.onemachine import supervisor

    services = [
        supervisor.Service(name, [sys.executable, __file__, "serve", name, "{port}"], ["recipient_secret"])
        for name in NAMES
    ]
    plan = supervisor.Plan(services, public_url=sys.argv[2], directory=Path(sys.argv[1]))
    try:
        with supervisor.running(plan) as city:
            print("healthy", flush=True)
            city.watch()
    except KeyboardInterrupt:
        print("stopped cleanly", flush=True)


if __name__ == "__main__":
    main()
