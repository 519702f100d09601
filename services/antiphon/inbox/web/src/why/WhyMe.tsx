/** The chip "Why me?" and what it opens; the words come when they are first asked for. */
import { lazy, Suspense, useState } from "react";
import type * as T from "../api/types.gen";
import { loadAreas } from "../i18n/texts";
import { useKey } from "../shell/keys";
import { Disclosure } from "../ui/Disclosure";

const Why = lazy(() => Promise.all([import("./Why"), loadAreas("why")]).then(([module]) => module));

export function WhyMe({ offer, title, isExpanded, onExpandedChange }: { offer: T.Offer; title: string; isExpanded: boolean; onExpandedChange: (open: boolean) => void }) {
  return <Disclosure title={title} icon="info" isExpanded={isExpanded} onExpandedChange={onExpandedChange}>{isExpanded && <Suspense fallback={null}><Why offer={offer} /></Suspense>}</Disclosure>;
}

/** With Alt Y: for what rings alone, such as a call. */
export function WhyMeKey({ offer, title }: { offer: T.Offer; title: string }) {
  const [open, setOpen] = useState(false);
  useKey({ id: "why", code: "KeyY", alt: true, cap: "" }, title, () => setOpen(!open));
  return <WhyMe offer={offer} title={title} isExpanded={open} onExpandedChange={setOpen} />;
}
