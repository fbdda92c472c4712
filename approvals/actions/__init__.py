"""The actions, one file each, found by scan: arguments, what is read, the one write, its effect, its inverse."""
