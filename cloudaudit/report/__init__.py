"""Reports: one module per format, each a function from a result to text."""
