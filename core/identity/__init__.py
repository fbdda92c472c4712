"""Who asks: the words, and the ways somebody proves who they are. Surfaces authenticate; nothing else does.

`principal` holds the words; `people` maps every alias to one canonical person; `oidc`, `tokens` and `certificates`
check what was presented; `directory` knows groups from a source that tokens cannot speak for.
"""

from interlock.core.identity.principal import Principal, PrincipalKind, local_principal

__all__ = ["Principal", "PrincipalKind", "local_principal"]
