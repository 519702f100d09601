/** One customer's documents, each a file to be had. */
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { day } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Table, type TableColumn } from "../../ui/Table";
import { has, text } from "../billing/model";
import { useT as useBilling } from "../billing/texts";
import { useT } from "./texts";

const KINDS = {
  DOCUMENT_KIND_INVOICE: "d_invoice", DOCUMENT_KIND_ACT: "d_act", DOCUMENT_KIND_TAX_INVOICE: "d_tax_invoice", DOCUMENT_KIND_RECONCILIATION: "d_reconciliation", DOCUMENT_KIND_DETAIL: "d_detail", DOCUMENT_KIND_REGISTER: "d_register",
  DOCUMENT_KIND_RECEIPT: "d_receipt", DOCUMENT_KIND_CLIENT_STATEMENT: "d_client_statement", DOCUMENT_KIND_CORRECTION: "d_correction",
} as const;

/** Hands a file of the contract to the browser. */
function download(file: T.GetDocumentFileResponse): void {
  const bytes = Uint8Array.from(atob(file.content), (one) => one.charCodeAt(0));
  const href = URL.createObjectURL(new Blob([bytes], { type: file.content_type }));
  Object.assign(document.createElement("a"), { href, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(href));
}

export function Papers({ customer, papers }: { customer: string; papers: readonly T.Document[] | undefined }) {
  const t = useT();
  const words = useBilling();
  const say = useProblemText();
  const read = useAction(customersOf.read);
  const get = async (one: T.Document) => { const file = (await read.run(customer, { file: { document_id: one.id, format: "pdf" } }))?.file; if (file) download(file); };
  const columns: TableColumn<T.Document>[] = [
    { id: "what", title: t("document"), cell: (one) => <span className="col"><span className="m">{has(KINDS, one.kind) ? words(KINDS[one.kind]) : one.kind} {one.number}</span><span className="sm dim">{day(one.dated)}</span></span> },
    { id: "total", title: t("amount"), num: true, cell: (one) => text(one.total) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => one.hash && <Button size="sm" isPending={read.pending} onPress={() => void get(one)}>PDF</Button> },
  ];
  return (
    <section aria-label={t("documents")}><h3>{t("documents")}</h3>
      {read.problem && <p className="err" role="alert">{say(read.problem)}</p>}
      <Table label={t("documents")} columns={columns} rows={papers} rowId={(one) => one.id} empty={<p className="dim">{t("documents_none")}</p>} tight />
    </section>
  );
}
