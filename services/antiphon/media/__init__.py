"""Media owns the calls: SIP dialogs with callers, agents and trunks, and what each party hears.

It asks routing what a call shall do next and the ACD for an agent, drives rtpengine by its NG protocol, and tells the
facts of a call (answered, bridged, recorded, ended) with their quality figures. It decides no business of its own.
"""
