"""The mount every service is bolted to. It knows no domain word."""
