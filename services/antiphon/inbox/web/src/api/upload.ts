/** An upload with its progress: the one thing fetch cannot tell. */
import { Problem, type ProblemBody } from "./problem";
import type * as T from "./types.gen";

export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<T.UploadAttachmentResponse> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/attachments");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.responseType = "text";
    request.upload.onprogress = ({ loaded, total }) => total > 0 && onProgress(loaded / total);
    request.onerror = () => fail(new Problem(0, { reason: "OFFLINE" }));
    request.onabort = () => fail(new Problem(0, { reason: "ABORTED" }));
    request.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(request.responseText || "{}");
      } catch {
        body = {};
      }
      if (request.status >= 200 && request.status < 300) done(body as T.UploadAttachmentResponse);
      else fail(new Problem(request.status, body as ProblemBody));
    };
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
