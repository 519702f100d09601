/** After a save there is nothing to lose: goes without the question of guard.ts. */
import { navigate } from "wouter/use-browser-location";

export const navigateTo = (path: string): void => navigate(path, { replace: true });
