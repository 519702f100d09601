import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Dialog } from "react-aria-components/Dialog";
import { Input } from "react-aria-components/Input";
import { Menu } from "react-aria-components/Menu";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { SearchField } from "react-aria-components/SearchField";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { directory } from "../api/api";
import type * as T from "../api/types.gen";
import { phone } from "../i18n/format";
import { useDesk } from "../rt/store";
import { MenuItem, MenuSection } from "../ui/Menu";
import { useRegisteredCommands } from "./commands";
import { currentLook, setLook } from "./look";
import { allowed, ROUTES } from "./routes";
import { useSignOut } from "./signOut";
import { useT } from "./texts";

const FOUND = 5;
/** What the server found is shown as it comes: its text need not hold what was typed. */
const ASKED = "\u2063";

/** Customers whose name, phone or e-mail holds what was typed. */
function useCustomers(query: string, may: boolean): readonly T.Contact[] {
  const [found, setFound] = useState<readonly T.Contact[]>([]);
  useEffect(() => {
    if (!may || query.length < 2) {
      setFound([]);
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => void directory.contacts({ query, limit: FOUND }, stop.signal).then((answer) => setFound(answer.contacts), () => undefined), 200);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, may]);
  return found;
}

/** Ctrl K: what the page offers (commands.ts), pages, commands, customers; last, because it fits every word, a search in
 * everything that was said. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [, go] = useLocation();
  const permissions = useDesk((state) => state.me?.permissions ?? []);
  const { contains } = useFilter({ sensitivity: "base" });
  const commands = useRegisteredCommands();
  const sections = [...new Set(commands.map((one) => one.section))];
  const [typed, setTyped] = useState("");
  const signOut = useSignOut();
  const query = typed.trim();
  const customers = useCustomers(query, permissions.includes("contacts.read"));
  const mayRead = permissions.includes("conversations.read");
  const run = (action: () => void) => () => {
    onClose();
    action();
  };
  const dark = () => currentLook().theme === "dark" || (currentLook().theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={(open) => !open && onClose()} style={{ placeItems: "start center", paddingTop: "12vh" }}>
      <Modal className="modal">
        <Dialog aria-label={t("palette_title")} className="palette">
          <Autocomplete inputValue={typed} onInputChange={setTyped} filter={(text, input) => text.startsWith(ASKED) || contains(text, input)}>
            <SearchField aria-label={t("palette_title")} autoFocus className="body"><Input className="input" placeholder={t("palette_hint")} /></SearchField>
            <Menu className="menu" aria-label={t("palette_title")} renderEmptyState={() => <div className="menu-item dim">{t("nothing_found")}</div>}>
              {sections.map((section) => (
                <MenuSection key={section} title={section}>
                  {commands.filter((one) => one.section === section).map((one) => <MenuItem key={one.id} id={one.id} icon={one.icon} text={one.text} onAction={run(one.run)} />)}
                </MenuSection>
              ))}
              <MenuSection title={t("palette_pages")}>
                {ROUTES.filter((route) => allowed(route, permissions)).map((route) => <MenuItem key={route.base} id={route.base} icon={route.icon} text={t(route.title)} onAction={run(() => go(route.base))} />)}
              </MenuSection>
              <MenuSection title={t("palette_commands")}>
                <MenuItem id="theme" icon="moon" text={t("switch_theme")} onAction={run(() => void setLook({ theme: dark() ? "light" : "dark" }))} />
                <MenuItem id="density" icon="filter" text={t("switch_density")} onAction={run(() => void setLook({ density: currentLook().density === "compact" ? "comfortable" : "compact" }))} />
                <MenuItem id="sign-out" icon="external" text={t("sign_out")} onAction={run(signOut)} />
              </MenuSection>
              {customers.length > 0 && <MenuSection title={t("palette_customers")}>{customers.map((one) => <MenuItem key={one.id} id={one.id} icon="user" value={ASKED + one.id} text={one.name || phone(one.phones[0] ?? "") || one.id} hint={one.phones[0] ? phone(one.phones[0]) : one.company} onAction={run(() => go(`/customers/${encodeURIComponent(one.id)}`))} />)}</MenuSection>}
              {query.length > 1 && mayRead && <MenuSection title={t("palette_search")}><MenuItem id="find" icon="search" value={ASKED} text={t("find_messages", { query })} onAction={run(() => go(`/search?q=${encodeURIComponent(query)}`))} /></MenuSection>}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
