"""Whatever leaves the app is sent from here, beside the worker's rounds: a service that hangs delays nobody's wait."""
