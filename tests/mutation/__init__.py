"""Small wrong changes of the code itself, and whether a test notices them."""
