# mypy: ignore-errors
"""A user agent of sippy that answers every call: `python sippy_uas.py HOST PORT`, by a Python that has sippy."""

import sys

from sippy.CCEvents import CCEventConnect, CCEventTry
from sippy.Core.EventDispatcher import ED2
from sippy.MsgBody import MsgBody
from sippy.SipTransactionManager import SipTransactionManager
from sippy.UA import UA


class Silent:
    """Logging would cost more than the call."""

    def write(self, *_, **__):
        pass


def main(host, port, sdp):
    config = {"nh_addr": (host, port), "_sip_address": host, "_sip_port": port, "_sip_logger": Silent()}

    def happened(event, agent):
        if isinstance(event, CCEventTry):
            agent.recvEvent(CCEventConnect((200, "OK", MsgBody(sdp))))

    def received(request, transaction):
        if request.getHFBody("to").getTag() is not None:
            return request.genResponse(481, "Call Leg/Transaction Does Not Exist"), None, None
        if request.getMethod() != "INVITE":
            return request.genResponse(501, "Not Implemented"), None, None
        return UA(config, happened).recvRequest(request, transaction)

    config["_sip_tm"] = SipTransactionManager(config, received)
    ED2.loop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
