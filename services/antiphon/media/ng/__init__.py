"""The NG control protocol of rtpengine: bencode, a client, a node that is watched, and a cluster of nodes."""
