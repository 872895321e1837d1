<<<<<<< HEAD
"""What other tracing backends answer, answered from our store: each package speaks one of their languages."""
=======
"""APIs of other tracing systems, answered from our store. Each package is a stranger to the others."""
>>>>>>> jv1
