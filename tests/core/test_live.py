"""Wake-ups go through the database and come back."""

from flask import Flask

from app.core import live
from app.core.live import Ear


def test_a_wake_up_comes_back_through_the_database(own_app: Flask) -> None:
    hub, ear = own_app.extensions["live"], Ear()
    name = live.whisper("t.test")
    hub.follow(name, ear)
    assert hub.hears.wait(10), "the hub cannot listen: it has no connection of its own"
    ear.woken.clear()
    hub.tell([name])
    assert ear.woken.wait(10), "a NOTIFY was sent, and nobody woke"
    hub.leave(name, ear)
