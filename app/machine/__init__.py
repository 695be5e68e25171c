"""What running on one machine takes: processes, a port, room on the disk, and a private PostgreSQL."""
