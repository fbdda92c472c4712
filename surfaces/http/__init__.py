"""The HTTP surface: one app factory on which API, login, pages and later surfaces are mounted."""
