"""What every answer says to the browser about itself."""

import gzip

from flask import Flask, Response, request, session

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
# A script, a style sheet or a picture is nothing by itself: the page that takes it in has the rules. A drawing that is
# opened as a page (svg) keeps them all.
OF_FILES = {"X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Strict-Transport-Security"}
NOBODYS = ("home.", "support.", "webapp.")


def small(response: Response) -> Response:
    """Compressed on the way. Only for what is nobody's: a secret can be guessed by how a page with it compresses."""
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] and "Content-Encoding" not in response.headers:
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def is_nobodys(response: Response) -> bool:
    """A public page, read by somebody who is not signed in."""
    public = request.endpoint is not None and request.endpoint.startswith(NOBODYS)
    return public and request.method == "GET" and response.mimetype == "text/html" and "_user_id" not in session


def always(*, secure: bool) -> dict[str, str]:
    """What pages and files say alike; over https also that nothing else will do."""
    return ALWAYS | ({"Strict-Transport-Security": "max-age=63072000; includeSubDomains"} if secure else {})


def init_app(app: Flask, *, secure: bool) -> None:
    said = always(secure=secure)

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.extend(said)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        if response.mimetype == "text/html":
            response.headers.add("Vary", "Cookie")
            response.headers.add("Vary", "Accept-Language")
        return response

    @app.after_request
    def squeeze(response: Response) -> Response:
        return small(response) if is_nobodys(response) else response

    @app.after_request
    def keep_out_of_search(response: Response) -> Response:
        if request.endpoint is None or not request.endpoint.startswith(("home.", "support.", "dropin.")):
            response.headers["X-Robots-Tag"] = "noindex"
        return response
