"""Parse, authenticate, call, render. No logic."""
