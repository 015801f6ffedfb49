"""Direct-mapped decoder: every variable and check node instantiated, every edge a wire."""
