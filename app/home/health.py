"""Signs of life for machines: alive, ready, what must alarm, and figures."""

import os

import prometheus_client
from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry, Gauge, multiprocess
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import audit, clock, db, pulse
from app.core.access import access
from app.notices import delivery_queries
from app.waits import figures_queries

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access("public", database=False)
def alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@access("public")
def ready() -> Response | tuple[Response, int]:
    """Only the database and a schema that fits: a silent worker never takes the site down."""
    if not pulse.schema_fits(db.session().connection()):
        return Response("the database has another schema than this code\n", mimetype="text/plain"), 503
    return Response("ready\n", mimetype="text/plain")


@bp.get("/alarm")
@access("operations")
def alarm() -> tuple[Response, int]:
    found = pulse.alarms(db.session().connection(), now=clock.now())
    return jsonify(alarms=[vars(item) for item in found]), 503 if found else 200


@bp.get("/metrics")
@access("operations")
def metrics() -> Response:
    """The figures of the web processes, of the waits and of what leaves the app; without a database the first are told
    all the same."""
    registry = prometheus_client.CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry = prometheus_client.REGISTRY
    told = b"".join(prometheus_client.generate_latest(it) for it in (registry, of_waits(), of_deliveries()))
    return Response(told, content_type=prometheus_client.CONTENT_TYPE_LATEST)


def of_waits() -> CollectorRegistry:
    """How many wait, by kind and age, and what does not go as it should; nobody is named in a label."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"narlinjen_{name}", text, labels, registry=registry)

    up = gauge("database_up", "Whether the figures of the waits could be asked for")
    try:
        found = figures_queries.figures(audit.SYSTEM, now=clock.now())
    except (DBAPIError, PoolTimeout):
        up.set(0)
        return registry
    up.set(1)
    most = f"counted to {figures_queries.MOST}"
    waits = gauge("open_waits", f"Questions that wait, by kind and age, each {most}", "kind", "age")
    for (kind, age), number in found.open.items():
        waits.labels(kind, age).set(number)
    gauge("overdue_steps", f"Steps of the ladder that are over two minutes late, {most}").set(found.overdue)
    gauge("broken_waits", f"Questions that wait past their promise, {most}").set(found.broken)
    gauge("failed_waits", f"Questions that the worker could not handle, {most}").set(found.failed)
    gauge("function_waits", f"Questions that have reached the region's function, {most}").set(found.at_function)
    if found.beat:
        gauge("worker_heartbeat_age_seconds", "Since the worker's last sign of life").set(
            max(0.0, (found.at - found.beat).total_seconds())
        )
    if found.seconds is not None:
        gauge("tick_seconds", "The slowest look at what waits in the worker's last round").set(found.seconds)
    return registry


def of_deliveries() -> CollectorRegistry:
    """How what leaves the app is doing: what waits, and what has become of what was made in the last hour."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"narlinjen_{name}", text, labels, registry=registry)

    try:
        found = delivery_queries.figures(audit.SYSTEM, now=clock.now())
    except (DBAPIError, PoolTimeout):
        return registry
    most = f"counted to {delivery_queries.MOST}"
    waiting = gauge(
        "waiting_deliveries", f"What is to leave the app, by channel and age, each {most}", "channel", "age"
    )
    for (channel, age), number in found.waiting.items():
        waiting.labels(channel, age).set(number)
    lately = gauge(
        "recent_deliveries",
        f"What was made in the last hour, by channel and how far it came, {most}",
        "channel",
        "status",
    )
    for (channel, status), number in found.lately.items():
        lately.labels(channel, status).set(number)
    gauge("due_notices", f"Notices that wait for a way out of the app, {most}").set(found.due)
    paused = gauge("paused_push_hosts", "Push services that are left alone, by why", "why")
    for why, number in found.paused.items():
        paused.labels(why).set(number)
    if found.beat:
        silent = max(0.0, (found.at - found.beat).total_seconds())
        gauge("sender_heartbeat_age_seconds", "Since the sender's last sign of life").set(silent)
    return registry
