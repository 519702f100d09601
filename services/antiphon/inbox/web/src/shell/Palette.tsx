import { Autocomplete, useFilter } from "react-aria-components/Autocomplete";
import { Dialog } from "react-aria-components/Dialog";
import { Input } from "react-aria-components/Input";
import { Menu } from "react-aria-components/Menu";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { SearchField } from "react-aria-components/SearchField";
import { useLocation } from "wouter";
import { useDesk } from "../rt/store";
import { MenuItem, MenuSection } from "../ui/Menu";
import { useRegisteredCommands } from "./commands";
import { currentLook, setLook } from "./look";
import { allowed, ROUTES } from "./routes";
import { useT } from "./texts";

/** Ctrl K: what the page offers (commands.ts), pages, commands. People, numbers and conversations join as further sections. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useT();
  const [, go] = useLocation();
  const permissions = useDesk((state) => state.me?.permissions ?? []);
  const { contains } = useFilter({ sensitivity: "base" });
  const commands = useRegisteredCommands();
  const sections = [...new Set(commands.map((one) => one.section))];
  const run = (action: () => void) => () => {
    onClose();
    action();
  };
  const dark = () => currentLook().theme === "dark" || (currentLook().theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={(open) => !open && onClose()} style={{ placeItems: "start center", paddingTop: "12vh" }}>
      <Modal className="modal">
        <Dialog aria-label={t("palette_title")} style={{ outline: 0 }}>
          <Autocomplete filter={contains}>
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
              </MenuSection>
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
