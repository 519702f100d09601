"""Calls: who talks with whom. Media is the only service that speaks SIP: it asks routing what to do with a call and the
ACD who takes it, and lets rtpengine carry the sound. It owns live calls, call records, recordings and voicemail."""
