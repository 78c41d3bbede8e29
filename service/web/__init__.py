"""HTTP, the clock, new ids and the settings: the only room that knows any of them."""
