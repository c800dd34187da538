"""Language models behind one protocol: who answers, what it may cost, and that no answer leaves its schema."""
