"""Files of traces that other programs wrote: looked through first, then handed on to the collector in batches."""
