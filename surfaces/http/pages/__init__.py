"""Pages rendered on the server, without scripts: what a person reads before they sign."""
