"""The bundled data: where it comes from, where it lies, and how it enters the warehouse."""
