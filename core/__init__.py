"""Words and services every floor uses. Nothing here knows of tools, agents or surfaces."""
