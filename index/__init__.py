"""Search over runbooks and infrastructure-as-code, cited to the line."""
