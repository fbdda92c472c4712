"""Incidents of our own, acted out on a real API server and recorded; and the actors they need."""
