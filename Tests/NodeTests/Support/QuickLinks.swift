/// `[links]` for tests that wait for a broken link: it is tried again at once, and never left alone.
let quickLinks = "[links]\nreconnect_min_ms = 20\nreconnect_max_ms = 40\nbreaker_failures = 0\n"
