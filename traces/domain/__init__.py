"""What a span, a trace and a query are: plain Python that knows no Django, no database and no protocol."""
