"""Who has read: the patient's own log, questions about it, the administrator's checks, and what is handed out."""
