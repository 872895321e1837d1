"""How long spans took, as sums: buckets, cells, rows and windows of them."""
