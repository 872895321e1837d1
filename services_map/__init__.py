"""What many traces say together: latency roll-ups, dependency links, and the pages that show them."""
