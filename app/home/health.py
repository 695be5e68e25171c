"""Signs of life for machines: alive, ready, what must alarm, and figures."""

import os

import prometheus_client
from flask import Blueprint, Response, jsonify
from prometheus_client import multiprocess

from app.core import clock, db, pulse
from app.core.access import access

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
@access("operations", database=False)
def metrics() -> Response:
    registry = prometheus_client.CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry = prometheus_client.REGISTRY
    return Response(prometheus_client.generate_latest(registry), content_type=prometheus_client.CONTENT_TYPE_LATEST)
