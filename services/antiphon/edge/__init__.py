"""The SIP edge: renders what Kamailio, rtpengine and coturn run by, and keeps Kamailio's tables as the directory says.

It owns no record of its own; what it pushes can be pushed again at any time. No call goes through it.
"""
