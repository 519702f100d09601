/** Tables as files: CSV, and XLSX as a small stored zip of four parts, without a library. */

export type Cell = string | number;
export interface Sheet { name: string; head: readonly string[]; rows: readonly (readonly Cell[])[] }

/** RFC 4180 with a byte order mark, so that spreadsheets see UTF-8. A text that looks like a formula stays a text. */
export function csv(sheet: Sheet): string {
  const field = (cell: Cell): string => {
    if (typeof cell === "number") return String(cell);
    const text = /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n;]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return `\ufeff${[sheet.head, ...sheet.rows].map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

const xml = (text: string) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const NS = "http://schemas.openxmlformats.org";
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

function sheetXml(sheet: Sheet): string {
  const cell = (value: Cell) => (typeof value === "number" && Number.isFinite(value) ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t xml:space="preserve">${xml(String(value))}</t></is></c>`);
  const rows = [sheet.head, ...sheet.rows].map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  return `${HEAD}<worksheet xmlns="${NS}/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`;
}

function parts(sheet: Sheet): [path: string, text: string][] {
  const types = `${NS}/package/2006/content-types`;
  const relations = `${NS}/package/2006/relationships`;
  const office = `${NS}/officeDocument/2006/relationships`;
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const name = xml(sheet.name.replace(/[[\]:*?/\\]/g, " ").slice(0, 31)) || "1";
  return [
    ["[Content_Types].xml", `${HEAD}<Types xmlns="${types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/></Types>`],
    ["_rels/.rels", `${HEAD}<Relationships xmlns="${relations}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ["xl/workbook.xml", `${HEAD}<workbook xmlns="${NS}/spreadsheetml/2006/main" xmlns:r="${office}"><sheets><sheet name="${name}" sheetId="1" r:id="rId1"/></sheets></workbook>`],
    ["xl/_rels/workbook.xml.rels", `${HEAD}<Relationships xmlns="${relations}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`],
    ["xl/worksheets/sheet1.xml", sheetXml(sheet)],
  ];
}

const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function record(fields: readonly [size: 2 | 4, value: number][]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) bytes.setUint16(at, value, true);
    else bytes.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(bytes.buffer);
}

/** APPNOTE.TXT 4.3: local headers with stored data, the directory, its end. */
export function xlsx(sheet: Sheet): Uint8Array {
  const encoder = new TextEncoder();
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const [path, text] of parts(sheet)) {
    const [name, data] = [encoder.encode(path), encoder.encode(text)];
    const shared: [2 | 4, number][] = [[2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 0x21], [4, crc32(data)], [4, data.length], [4, data.length], [2, name.length], [2, 0]];
    body.push(record([[4, 0x04034b50], ...shared]), name, data);
    directory.push(record([[4, 0x02014b50], [2, 20], ...shared, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), name);
    offset += 30 + name.length + data.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const count = directory.length / 2;
  const all = [...body, ...directory, record([[4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]])];
  const file = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) { file.set(one, at); at += one.length; }
  return file;
}

export function download(sheet: Sheet, kind: "csv" | "xlsx"): void {
  const [data, type] = kind === "csv" ? [csv(sheet), "text/csv;charset=utf-8"] : [xlsx(sheet), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"];
  const url = URL.createObjectURL(new Blob([data as BlobPart], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `${sheet.name.replace(/[^\p{L}\p{N}-]+/gu, "-")}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
