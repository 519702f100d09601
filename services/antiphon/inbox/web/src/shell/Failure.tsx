import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { useT } from "./texts";

/** What is shown instead of a page that threw. */
export function Broken({ code, onRetry }: { code: string; onRetry: () => void }) {
  const t = useT();
  return (
    <Empty icon="alert" title={t("broken_title")} actions={<>
      <Button onPress={onRetry}>{t("reload")}</Button>
      <Button kind="plain" icon="copy" onPress={() => void navigator.clipboard.writeText(code)}><span className="mono">{code}</span></Button>
    </>}>{t("broken_text")}</Empty>
  );
}

const codeOf = (error: Error) => {
  let hash = 0;
  for (const char of `${error.name}${error.message}${error.stack ?? ""}`) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) >>> 0;
  return `UI-${hash.toString(16).toUpperCase().padStart(8, "0").slice(0, 4)}`;
};

export class ErrorBoundary extends Component<{ children: ReactNode }, { code: string }> {
  override state = { code: "" };
  static getDerivedStateFromError(error: Error) {
    return { code: codeOf(error) };
  }
  override render() {
    // A chunk of an older build may be gone: loading the page again is the honest retry.
    return this.state.code ? <Broken code={this.state.code} onRetry={() => location.reload()} /> : this.props.children;
  }
}
