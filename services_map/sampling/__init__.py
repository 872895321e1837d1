"""What services are told to sample: from rules, a file, or what was measured."""
