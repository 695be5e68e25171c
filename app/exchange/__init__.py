"""What comes from other systems and goes to them: FHIR in and out, and files of rows."""
