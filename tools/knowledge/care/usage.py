"""Whether a command is one that its program still knows: each subcommand and each long flag, by the program's own help."""

from __future__ import annotations

import re
from dataclasses import dataclass

from interlock.core.errors import nearest
from interlock.tools.knowledge.care.commands import PLACEHOLDER
from interlock.tools.knowledge.care.manuals import Manual, Usage

_WORD = re.compile(r"[a-z][a-z0-9-]*$")


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a command, '' when nothing is; `unchecked` says why no more could be said."""

    wrong: str = ""
    hint: str = ""
    unchecked: str = ""


def judge(argv: tuple[str, ...], manual: Manual) -> Verdict:
    """Hold one command against its program's help."""
    chain: list[str] = []
    rest = list(argv[1:])
    flags: list[str] = []
    usage = manual.usage()
    while rest and rest[0] != "--":
        word = rest.pop(0)
        if word.startswith("-") and word != "-":
            flags.append(word)
            if _takes_next(word, usage) and rest:
                rest.pop(0)
        elif usage.subcommands:
            known = _canonical(word, chain, manual, usage)
            if known is None:
                return _unknown(word, chain, manual, usage)
            chain.append(known)
            usage = manual.usage(chain)
    wrong = [flag for flag in flags if not _has(flag, usage)]
    if not wrong:
        return Verdict()
    if usage.open_ended:
        return Verdict(unchecked=f"flags of {' '.join((manual.program, *chain))} are not all in its help")
    name = wrong[0].partition("=")[0]
    near = nearest(name, usage.flags)
    return Verdict(
        f"{' '.join((manual.program, *chain))} has no flag {name}",
        f"did you mean {near[0]}?" if near else f"see {' '.join((manual.program, *chain))} --help",
    )


def _canonical(word: str, chain: list[str], manual: Manual, usage: Usage) -> str | None:
    """The listed name of a subcommand, also by one of its aliases."""
    if word in usage.subcommands:
        return word
    if not _WORD.match(word) or not chain:
        return None
    siblings = sorted(usage.subcommands)
    return next((name for name in siblings if word in manual.usage([*chain, name]).aliases), None)


def _unknown(word: str, chain: list[str], manual: Manual, usage: Usage) -> Verdict:
    command = " ".join((manual.program, *chain))
    if not _WORD.match(word) or PLACEHOLDER in word:
        return Verdict(unchecked=f"{command} {word}: a placeholder stands for the subcommand")
    near = nearest(word, usage.subcommands)
    return Verdict(f"{command} has no command {word}", f"did you mean {near[0]}?" if near else "")


def _takes_next(word: str, usage: Usage) -> bool:
    return "=" not in word and usage.flags.get(word, False)


def _has(flag: str, usage: Usage) -> bool:
    """Short flags may be glued together or to a value, and are left alone; so is a name made of a variable."""
    name = flag.partition("=")[0]
    if "$" in name or PLACEHOLDER in name:
        return True
    single = "-chdir" in usage.flags
    if not name.startswith("--") and not single:
        return True
    return name in usage.flags or (single and name.removeprefix("-") in usage.flags)
