"""Free times that a patient may take themselves, and the list of those who wait for one (FHIR Schedule and Slot)."""
