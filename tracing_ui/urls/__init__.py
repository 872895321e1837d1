"""One table of addresses a port; settings choose the one that this process serves."""
