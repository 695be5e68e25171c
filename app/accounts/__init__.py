"""Who a person is, and the session they act in."""
