"""Who answers for whom: units, assignments and contacts."""
