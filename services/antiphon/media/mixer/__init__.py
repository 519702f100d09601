"""Conference, whisper and barge: rtpengine has no mixer, so legs are attached to ports of ours while they need one."""
