"""Use cases of routing: `reception` answers channels, `schemes` and `rules` serve the people who write schemes."""
