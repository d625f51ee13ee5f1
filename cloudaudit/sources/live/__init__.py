"""Live clouds as a source: tables say what to ask and what answers mean, one engine asks. No cloud's SDK is imported here."""
