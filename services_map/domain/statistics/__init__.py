"""How far figures may be off by chance, and whether two differ by more than that."""
