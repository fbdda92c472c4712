"""Log stores behind one Protocol, and the tool that searches them."""
