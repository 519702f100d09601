import { createRoot } from "react-dom/client";
import "./design/tokens.css";
import "./design/base.css";
import "./ui/ui.css";
import { activate, loadAreas } from "./i18n/texts";
import { App } from "./shell/App";
import { startKeys } from "./shell/keys";
import { currentLook } from "./shell/look";

async function start(): Promise<void> {
  if (import.meta.env.MODE === "mock") (await import("./mock/install")).install();
  await activate(currentLook().language);
  await loadAreas("i18n", "ui", "shell");
  startKeys();
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<App />);
}

void start();
