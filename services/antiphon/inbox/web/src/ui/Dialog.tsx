import { useState, type ReactNode } from "react";
import { Dialog as AriaDialog } from "react-aria-components/Dialog";
import { Heading } from "react-aria-components/Heading";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { Button } from "./Button";
import { useT } from "./texts";

export interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** Buttons, the safe one first. */
  actions?: ReactNode;
  big?: boolean;
  role?: "dialog" | "alertdialog";
  children: ReactNode;
}

/** Only for what cannot stand in a panel. Esc and a press outside close it. */
export function Dialog({ title, isOpen, onClose, actions, big, role = "dialog", children }: DialogProps) {
  return (
    <ModalOverlay className="scrim" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable={role === "dialog"}>
      <Modal className={big ? "modal big" : "modal"}>
        <AriaDialog className="dlg-box" role={role}>
          <Heading slot="title" level={2}>{title}</Heading>
          {children}
          {actions !== undefined && <div className="dlg-actions">{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  /** The question, with the verb and the name: Stop “Renewal reminders”? */
  title: string;
  /** What will be lost, in figures, and what stays. */
  loss: ReactNode;
  /** The verb of the question. */
  verb: string;
  /** The safe way, by its own verb: Keep dialling. */
  keep?: string;
  isOpen: boolean;
  onClose: () => void;
  /** Rejecting keeps the dialog open; show the problem inside `loss`. */
  onConfirm: () => Promise<unknown> | void;
}

export function Confirm({ title, loss, verb, keep, isOpen, onClose, onConfirm }: ConfirmProps) {
  const t = useT();
  const [pending, setPending] = useState(false);
  const confirm = async () => {
    setPending(true);
    try {
      await onConfirm();
      onClose();
    } catch {
      // The caller shows its problem; the dialog stays.
    } finally {
      setPending(false);
    }
  };
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} role="alertdialog"
      actions={<><Button autoFocus onPress={onClose}>{keep ?? t("keep")}</Button><Button kind="stop" isPending={pending} onPress={() => void confirm()}>{verb}</Button></>}>
      <div className="mid">{loss}</div>
    </Dialog>
  );
}
