"""The dialler: campaigns that call people, and prove that they did it properly.

Owns campaigns, lists, attempts and the rules under which anybody is called. It decides how many to dial, whom, and
whether the law allows it now; every decision and every attempt is kept with its reason.
"""
