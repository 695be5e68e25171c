"""The app on the home screen: manifest, service worker, the page without a net, how to install."""

from flask import Blueprint

bp = Blueprint("webapp", __name__)
