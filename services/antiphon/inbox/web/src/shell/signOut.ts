import { useLocation } from "wouter";
import { identity } from "../api/api";
import { forget } from "../rt/store";

/** Ends the session here and at the server; a server that does not answer keeps nobody at the desk. */
export function useSignOut(): () => void {
  const [, go] = useLocation();
  return () => void identity.signOut().catch(() => undefined).then(() => {
    forget();
    go("/sign-in");
  });
}
