"""An endpoint for webhooks. Behind your web server, which does the TLS."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import WebhookVerificationError
from verify_webhook import verify

KEY = os.environ["WEBHOOK_KEY"]
seen: set[str] = set()  # in earnest a table with a unique key, written together with what the event leads to


class Endpoint(BaseHTTPRequestHandler):
    """Verifies, keeps, and answers at once; whatever takes longer is done afterwards."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = verify(KEY, dict(self.headers), body)
        except WebhookVerificationError:
            self.answer(401)
            return
        if event["id"] not in seen and not event.get("test"):
            print(event["type"], event["id"], flush=True)
        seen.add(event["id"])
        self.answer(204)

    def answer(self, status: int) -> None:
        """An empty answer."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of every request."""


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Endpoint).serve_forever()
