"""The app's pages, a module each: a route finds, a template shows."""
