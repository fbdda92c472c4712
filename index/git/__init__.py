"""Git as knowledge: sources fetched and pinned to a commit, and the history of what they hold."""

from interlock.index.git.clone import Checkout, Remote, opened
from interlock.index.git.history import Commit, History, Line, history
from interlock.index.git.repository import Repository, repository_of

__all__ = [
    "Checkout",
    "Commit",
    "History",
    "Line",
    "Remote",
    "Repository",
    "history",
    "opened",
    "repository_of",
]
