"""Which share of its traces a service shall send: what is decided, by whom, and how it follows the load."""
