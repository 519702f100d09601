"""Sound as numpy arrays: companding, tones, resampling, levels, files. Pure except `files`."""
