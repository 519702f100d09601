import type { ReactNode } from "react";

/** What every step is given: what to do when it is done, and the bar that its own button stands in. */
export interface StepProps { onDone: () => void; actions: (button: ReactNode) => ReactNode }
