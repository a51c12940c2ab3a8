"""Words for people by part of the app: key -> (Indonesian, English)."""
