import { useEffect, useState } from "react";
import { store } from "./store";

/** Counts up shortly after facts of these types, so that lists load anew once for many of them. */
export function useFacts(types: RegExp): number {
  const [round, setRound] = useState(0);
  const pattern = types.source;
  useEffect(() => {
    const wanted = new RegExp(pattern);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onEvent((event) => {
      if (!wanted.test(event.type)) return;
      clearTimeout(timer);
      timer = setTimeout(() => setRound((old) => old + 1), 400);
    });
    return () => { clearTimeout(timer); stop(); };
  }, [pattern]);
  return round;
}
