"""Made-up facts for the component page, one in each state of freshness, which only the demo shows."""

from datetime import date, timedelta

from app.support.facts import Phone


def facts(today: date) -> list[Phone]:
    ages = (None, 30, 200, 400)
    return [
        Phone(
            id=f"sample-{age}",
            source="https://example.org/",
            seen="2024-03",
            assured_date=today - timedelta(days=age) if age else None,
            assurer="Karin Ek" if age else None,
            organization="sample",
            type="switchboard",
            number="+46313900600",
            hours="8–16",
            closed=None,
        )
        for age in ages
    ]
