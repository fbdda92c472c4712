"""Breaks rules one by one and looks whether their tests notice: what no test notices is either equal or untested."""
