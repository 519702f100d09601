"""From what the engine wrote down packet by packet to a stereo recording with its figures."""
