"""Infrastructure code as parts and references: what a file defines, what it uses, which code owns a live object.

Pure over cleaned text; every statement keeps the file and lines it was read from. Search ranking lives next door.
"""
