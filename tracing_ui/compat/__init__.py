"""APIs of other tracing systems, answered from our store. Each package is a stranger to the others."""
