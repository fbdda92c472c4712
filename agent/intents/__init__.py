"""What the built-in model can be asked, one file each: examples, the calls they need, the sentences they make."""
