"""What the fault, soak and slow-reader scripts share: clients of every technique, and a server."""
