from antiphon.sim.study import *
def study_page(s): return ""
def comparison_page(c): return ""
