"""One conversation on one rtpengine: its legs, who hears whom, and what is done with the sound."""
