"""Figures for operation: how many, how long, how it went; by route, never by person."""

import time
from functools import cache

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

REQUESTS = Counter("narlinjen_requests", "Answers by route and status", ["endpoint", "code"])
SECONDS = Histogram(
    "narlinjen_request_seconds",
    "Time to answer",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)


def init_app(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        counter, seconds = of(endpoint, response.status_code)
        counter.inc()
        if "begun" in g:
            seconds.observe(time.perf_counter() - g.begun)
        return response


@cache
def of(endpoint: str, code: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(endpoint, code), SECONDS.labels(endpoint)
