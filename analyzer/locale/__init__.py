"""Words for people in every language: gettext catalogues, and the patterns of sentences that results hold."""
