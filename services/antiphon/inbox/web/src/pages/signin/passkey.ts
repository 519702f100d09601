/** The browser's half of WebAuthn: the JSON of the specification on one side, bytes on the other. */

export const hasPasskeys = (): boolean => typeof PublicKeyCredential !== "undefined" && isSecureContext;

interface Described { id: string; type: PublicKeyCredentialType; transports?: AuthenticatorTransport[] }
type CreationJson = Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & { challenge: string; user: { id: string; name: string; displayName: string }; excludeCredentials?: Described[] };
type RequestJson = Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> & { challenge: string; allowCredentials?: Described[] };

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (data: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list: readonly Described[] = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

const answer = (made: PublicKeyCredential, response: Record<string, string | undefined>): string =>
  JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response });

/** Undefined when the person or the device said no. */
async function asked(ask: Promise<Credential | null>): Promise<PublicKeyCredential | undefined> {
  try {
    const made = await ask;
    return made instanceof PublicKeyCredential ? made : undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

export async function makePasskey(options: string): Promise<string | undefined> {
  const json = JSON.parse(options) as CreationJson;
  const publicKey = { ...json, challenge: bytes(json.challenge), user: { ...json.user, id: bytes(json.user.id) }, excludeCredentials: known(json.excludeCredentials) };
  const made = await asked(navigator.credentials.create({ publicKey }));
  if (!made) return undefined;
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
  return answer(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

export async function usePasskey(options: string): Promise<string | undefined> {
  const json = JSON.parse(options) as RequestJson;
  const publicKey = { ...json, challenge: bytes(json.challenge), allowCredentials: known(json.allowCredentials) };
  const made = await asked(navigator.credentials.get({ publicKey }));
  if (!made) return undefined;
  const { clientDataJSON, authenticatorData, signature, userHandle } = made.response as AuthenticatorAssertionResponse;
  return answer(made, { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : undefined });
}
