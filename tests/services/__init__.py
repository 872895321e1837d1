"""Real services that tests start for themselves: databases, brokers, browsers, and Tracing UI."""
