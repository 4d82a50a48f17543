"""The page on which one reads what the city has sent, and the same as JSON.

Letters are hostile input: everything is escaped, and a letter's HTML is shown in a sandbox without scripts,
forms or foreign pictures.
"""

from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from .mailstore import MailStore, attachments, body, header

PAGE = 100
MOST = 10_000
TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
SHELL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; frame-ancestors 'self'"
)


def create_app(store: MailStore) -> Starlette:
    """The web application over a store, everything under /mail."""
    app = Starlette(
        routes=[
            Route("/mail", listing),
            Route("/mail/messages.json", messages),
            Route("/mail/counts.json", counts),
            Route("/mail/messages/{number:int}.json", letter_json),
            Route("/mail/messages/{number:int}/html", letter_html),
            Route("/mail/messages/{number:int}", letter),
            Route("/mail/health/live", lambda _: JSONResponse({"status": "live"})),
        ]
    )
    app.state.store = store
    return app


def listing(request: Request) -> Response:
    """The newest letters; `?before=` pages back."""
    store = store_of(request)
    letters = store.before(number(request, "before", 2**62), PAGE)
    return page("mail_list.html", letters=letters, counts=store.counts(), full=len(letters) == PAGE)


def messages(request: Request) -> Response:
    """JSON: the letters after `?after=` (a number, default 0), oldest first, at most `?limit=` (10,000)."""
    start = number(request, "after", 0)
    letters = store_of(request).after(start, min(number(request, "limit", MOST), MOST))
    return JSONResponse(
        {"messages": [asdict(one) for one in letters], "next": letters[-1].id if letters else start}
    )


def counts(request: Request) -> Response:
    """JSON: how many letters came, and how many of them twice."""
    return JSONResponse(store_of(request).counts())


def letter(request: Request) -> Response:
    """One letter: headers, text, and its HTML in a frame."""
    found = store_of(request).one(request.path_params["number"])
    if found is None:
        return missing()
    summary, message = found
    headers = [(name, header(message, name)) for name in dict.fromkeys(message.keys())]
    return page(
        "mail_letter.html",
        letter=summary,
        headers=headers,
        text=body(message, "plain"),
        html=body(message, "html"),
        files=attachments(message),
    )


def letter_json(request: Request) -> Response:
    """JSON: one letter with its headers, text and HTML."""
    found = store_of(request).one(request.path_params["number"])
    if found is None:
        return missing()
    summary, message = found
    headers = {name: header(message, name) for name in message}
    texts = {"text": body(message, "plain"), "html": body(message, "html")}
    return JSONResponse({**asdict(summary), "headers": headers, **texts})


def letter_html(request: Request) -> Response:
    """A letter's own HTML, for the frame; its links open in a new window."""
    found = store_of(request).one(request.path_params["number"])
    if found is None:
        return missing()
    content = '<base target="_blank">' + body(found[1], "html")
    return guarded(HTMLResponse(content), LETTER_POLICY)


def store_of(request: Request) -> MailStore:
    """The store the application was made over."""
    store: MailStore = request.app.state.store
    return store


def number(request: Request, name: str, default: int) -> int:
    """A whole number of the query; what is none counts as not given."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def page(template: str, **values: object) -> Response:
    """A rendered page that may load nothing."""
    return guarded(HTMLResponse(TEMPLATES.get_template(template).render(**values)), SHELL_POLICY)


def guarded(response: Response, policy: str) -> Response:
    """The response with its content security policy."""
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def missing() -> Response:
    """No such letter."""
    problem = {
        "type": "urn:cities-of-learning:problem:not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no letter of that number; /mail lists them",
    }
    return JSONResponse(problem, 404, media_type="application/problem+json")
