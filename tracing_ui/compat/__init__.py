"""What other tracing backends answer, answered from our store: each package speaks one of their languages."""
