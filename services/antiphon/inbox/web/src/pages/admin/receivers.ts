/** Which scheme receives an address, and the call that changes it. */
import { routing } from "../../api/api";
import type { Binding, Scheme } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";

export interface Receivers {
  schemes: readonly Scheme[];
  schemeOf: (address: string) => string;
  nameOf: (scheme: string) => string;
  mayRead: boolean;
  mayWrite: boolean;
  loaded: Loaded<{ schemes: Scheme[]; bindings: Binding[] }>;
  bind: (address: string, scheme_id: string) => Promise<void>;
}

export function useReceivers(): Receivers {
  const { mayRead, mayWrite } = useDesk((state) => ({ mayRead: can("schemes.read")(state), mayWrite: can("schemes.write")(state) }));
  const loaded = useLoad(async () => {
    if (!mayRead) return { schemes: [], bindings: [] };
    const [schemes, bindings] = await Promise.all([routing.schemes(), routing.bindings()]);
    return { schemes: schemes.schemes, bindings: bindings.bindings };
  }, [mayRead]);
  const schemes = loaded.data?.schemes ?? [];
  return {
    schemes, mayRead, mayWrite, loaded,
    schemeOf: (address) => loaded.data?.bindings.find((one) => one.address === address)?.scheme_id ?? "",
    nameOf: (scheme) => schemes.find((one) => one.id === scheme)?.name ?? "",
    bind: async (address, scheme_id) => {
      await routing.putBinding({ address, scheme_id });
      loaded.reload();
    },
  };
}
