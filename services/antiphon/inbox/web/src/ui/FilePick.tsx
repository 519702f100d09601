import { useRef } from "react";
import { Button } from "./Button";

/** A button that chooses one file; the input itself is out of sight and of the tab order. */
export function FilePick({ label, accept, pending, onFile }: { label: string; accept: string; pending: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input ref={input} type="file" accept={accept} hidden onChange={(event) => { const file = event.target.files?.[0]; event.target.value = ""; if (file) onFile(file); }} />
      <Button icon="file" isPending={pending} onPress={() => input.current?.click()}>{label}</Button>
    </>
  );
}
