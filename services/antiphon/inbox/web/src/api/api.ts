/** Every call of the contract, by area. Types are the messages of proto/antiphon (types.gen.ts). */
import { call, del, get, post, put, type CallOptions } from "./client";
import type * as T from "./types.gen";

const id = encodeURIComponent;
/** Creates without an id, replaces with one: the wrapping of the record is that of the proto. */
const save = <R>(path: string, record: { id?: string }, body: unknown) =>
  record.id ? put<R>(`${path}/${id(record.id)}`, body) : post<R>(path, body);
/** A record as a form holds it: the server fills the rest. */
type Draft<R> = Partial<R>;

export const identity = {
  signUp: (body: T.SignUpRequest) => post<T.SignUpResponse>("/sign-up", body),
  signIn: (body: T.SignInRequest) => post<T.SignInResponse>("/sign-in", body),
  signOut: () => post<T.SignOutResponse>("/sign-out"),
  me: (signal?: AbortSignal) => get<T.WhoAmIResponse>("/me", undefined, signal),
  changePassword: (body: T.ChangePasswordRequest) => post<T.ChangePasswordResponse>("/me/password", body),
  beginTotp: () => post<T.BeginTotpResponse>("/me/totp"),
  confirmTotp: (code: string) => post<T.ConfirmTotpResponse>("/me/totp/confirm", { code }),
  disableTotp: (password: string) => del<T.DisableTotpResponse>("/me/totp", { password }),
  sessions: () => get<T.ListSessionsResponse>("/me/sessions"),
  endSession: (session: string) => del<T.EndSessionResponse>(`/me/sessions/${id(session)}`),
};

export const directory = {
  tenant: () => get<T.GetTenantResponse>("/tenant"),
  putTenant: (tenant: Draft<T.Tenant>) => put<T.PutTenantResponse>("/tenant", { tenant }),
  projects: () => get<T.ListProjectsResponse>("/projects"),
  saveProject: (project: Draft<T.Project>) => save<T.PutProjectResponse>("/projects", project, { project }),
  people: (include_disabled = false) => get<T.ListPeopleResponse>("/people", { include_disabled }),
  person: (person: string) => get<T.GetPersonResponse>(`/people/${id(person)}`),
  savePerson: (person: Draft<T.Person>, password = "", reset_totp = false) => save<T.PutPersonResponse>("/people", person, { person, password, reset_totp }),
  groups: () => get<T.ListGroupsResponse>("/groups"),
  saveGroup: (group: Draft<T.Group>) => save<T.PutGroupResponse>("/groups", group, { group }),
  deleteGroup: (group: string) => del<T.DeleteGroupResponse>(`/groups/${id(group)}`),
  numbers: () => get<T.ListNumbersResponse>("/numbers"),
  saveNumber: (number: Draft<T.Number>) => save<T.PutNumberResponse>("/numbers", number, { number }),
  deleteNumber: (number: string) => del<T.DeleteNumberResponse>(`/numbers/${id(number)}`),
  contacts: (query: { query?: string; limit?: number; after?: string }, signal?: AbortSignal) =>
    get<T.ListContactsResponse>("/contacts", query, signal),
  contact: (contact: string) => get<T.GetContactResponse>(`/contacts/${id(contact)}`),
  saveContact: (contact: Draft<T.Contact>) => save<T.PutContactResponse>("/contacts", contact, { contact }),
  apiKeys: () => get<T.ListApiKeysResponse>("/api-keys"),
  createApiKey: (body: T.CreateApiKeyRequest) => post<T.CreateApiKeyResponse>("/api-keys", body),
  revokeApiKey: (key: string) => del<T.RevokeApiKeyResponse>(`/api-keys/${id(key)}`),
  audit: (query: { limit?: number; after?: string; object?: string }) => get<T.ListAuditResponse>("/audit", query),
};

export const acd = {
  queues: () => get<T.ListQueuesResponse>("/queues"),
  saveQueue: (queue: Draft<T.Queue>) => save<T.PutQueueResponse>("/queues", queue, { queue }),
  deleteQueue: (queue: string) => del<T.DeleteQueueResponse>(`/queues/${id(queue)}`),
  waiting: (queue: string, limit?: number) => get<T.ListWaitingResponse>(`/queues/${id(queue)}/waiting`, { limit }),
  strategies: () => get<T.ListStrategiesResponse>("/strategies"),
  putAgent: (profile: T.AgentProfile) => put<T.PutAgentResponse>(`/agents/${id(profile.agent_id)}`, { profile }),
  setState: (agent: string, state: T.AgentState, reason = "") =>
    put<T.SetAgentStateResponse>(`/agents/${id(agent)}/state`, { state, reason }),
  setMyState: (state: T.AgentState, reason = "") => put<T.SetAgentStateResponse>("/me/state", { state, reason }),
  myWork: () => get<T.GetMyWorkResponse>("/me/work"),
  board: () => get<T.GetBoardResponse>("/board"),
  accept: (item: string, version: number) => post<T.AcceptResponse>(`/work/${id(item)}/accept`, { version }),
  decline: (item: string, version: number, reason = "") => post<T.DeclineResponse>(`/work/${id(item)}/decline`, { version, reason }),
  pull: (item: string) => post<T.PullResponse>(`/work/${id(item)}/pull`),
  release: (item: string, disposition = "") => post<T.ReleaseResponse>(`/work/${id(item)}/release`, { disposition }),
  endWrapUp: (item: string, disposition: string) => post<T.EndWrapUpResponse>(`/work/${id(item)}/wrap-up`, { disposition }),
  transfer: (item: string, body: Omit<T.TransferRequest, "item_id">) => post<T.TransferResponse>(`/work/${id(item)}/transfer`, body),
  explain: (item: string) => get<T.ExplainResponse>(`/work/${id(item)}/explain`),
  /** The whole wait: an item, a contact, "call:<id>" or "conversation:<id>". */
  wait: (name: string, signal?: AbortSignal) => get<T.TellWaitResponse>(`/waits/${id(name)}`, undefined, signal),
  assign: (item: string, agent_id: string) => post<T.AssignResponse>(`/work/${id(item)}/assign`, { agent_id }),
  emptyQueue: (queue: string, to: T.Overflow) => post<T.EmptyQueueResponse>(`/queues/${id(queue)}/empty`, { to }),
  chooseQueues: (body: { profile?: string; queue_ids?: string[] }) => put<T.ChooseQueuesResponse>("/me/queues", body),
  policy: () => get<T.GetPolicyResponse>("/work-policy"),
  savePolicy: (policy: T.Policy) => put<T.PutPolicyResponse>("/work-policy", { policy }),
  callbacks: () => get<T.ListCallbacksResponse>("/callbacks"),
  planCallback: (body: Omit<T.PlanCallbackRequest, "request_id">, request_id: string = crypto.randomUUID()) => post<T.PlanCallbackResponse>("/callbacks", { ...body, request_id }),
  moveCallback: (item: string, at: string) => put<T.MoveCallbackResponse>(`/callbacks/${id(item)}`, { at }),
  dropCallback: (item: string, reason: "cancelled" | "no_answer") => post<T.DropCallbackResponse>(`/callbacks/${id(item)}/drop`, { reason }),
};

export const routing = {
  schemes: () => get<T.ListSchemesResponse>("/schemes"),
  scheme: (scheme: string, version?: number) => get<T.GetSchemeResponse>(`/schemes/${id(scheme)}`, { version }),
  saveScheme: (scheme: Draft<T.Scheme>) => save<T.PutSchemeResponse>("/schemes", scheme, { scheme }),
  publish: (scheme: string, rev: number, reason: string) => post<T.PublishSchemeResponse>(`/schemes/${id(scheme)}/publish`, { rev, reason }),
  rollback: (scheme: string, version: number, reason: string) =>
    post<T.RollbackSchemeResponse>(`/schemes/${id(scheme)}/rollback`, { version, reason }),
  simulate: (scheme: string, body: Omit<T.SimulateSchemeRequest, "scheme_id">) =>
    post<T.SimulateSchemeResponse>(`/schemes/${id(scheme)}/simulate`, body),
  bindings: () => get<T.ListBindingsResponse>("/bindings"),
  putBinding: (binding: T.Binding) => put<T.PutBindingResponse>("/bindings", { binding }),
  calendars: () => get<T.ListCalendarsResponse>("/calendars"),
  saveCalendar: (calendar: Draft<T.Calendar>) => save<T.PutCalendarResponse>("/calendars", calendar, { calendar }),
  deleteCalendar: (calendar: string) => del<T.DeleteCalendarResponse>(`/calendars/${id(calendar)}`),
  callerLists: () => get<T.ListCallerListsResponse>("/caller-lists"),
  saveCallerList: (list: Draft<T.CallerList>) => save<T.PutCallerListResponse>("/caller-lists", list, { list }),
  deleteCallerList: (list: string) => del<T.DeleteCallerListResponse>(`/caller-lists/${id(list)}`),
};

export const channels = {
  list: () => get<T.ListChannelsResponse>("/channels"),
  save: (channel: Draft<T.Channel>, secrets: Record<string, string> = {}) =>
    save<T.PutChannelResponse>("/channels", channel, { channel, secrets }),
  delete: (channel: string) => del<T.DeleteChannelResponse>(`/channels/${id(channel)}`),
  test: (channel: string) => post<T.TestChannelResponse>(`/channels/${id(channel)}/test`),
};

export const media = {
  softphone: () => get<T.GetSoftphoneResponse>("/softphone"),
  dial: (to: string, request_id: string = crypto.randomUUID()) => post<T.DialResponse>("/calls", { request_id, to }),
  live: () => get<T.ListLiveCallsResponse>("/calls/live"),
  calls: (query: T.ListCallsRequest) => get<T.ListCallsResponse>("/calls", { ...query }),
  call: (call: string) => get<T.GetCallResponse>(`/calls/${id(call)}`),
  hold: (call: string, on: boolean) => post<T.HoldResponse>(`/calls/${id(call)}/hold`, { on }),
  hangUp: (call: string) => post<T.HangUpResponse>(`/calls/${id(call)}/hang-up`),
  digits: (call: string, digits: string) => post<T.SendDigitsResponse>(`/calls/${id(call)}/digits`, { digits }),
  transfer: (call: string, body: Omit<T.MediaTransferRequest, "call_id">) => post<T.MediaTransferResponse>(`/calls/${id(call)}/transfer`, body),
  completeTransfer: (call: string) => post<T.CompleteTransferResponse>(`/calls/${id(call)}/transfer/complete`),
  cancelTransfer: (call: string) => post<T.CancelTransferResponse>(`/calls/${id(call)}/transfer/cancel`),
  addParty: (call: string, to: string) => post<T.AddPartyResponse>(`/calls/${id(call)}/parties`, { to }),
  pauseRecording: (call: string, on: boolean) => post<T.PauseRecordingResponse>(`/calls/${id(call)}/recording`, { on }),
  monitor: (call: string, mode: T.MonitorMode, reason: string) => post<T.MonitorResponse>(`/calls/${id(call)}/monitor`, { mode, reason }),
  recordings: (query: T.ListRecordingsRequest) => get<T.ListRecordingsResponse>("/recordings", { ...query }),
  /** The player's address. The reason is told to the audit log. */
  recordingUrl: (recording: string, reason = "") => `/api/v1/recordings/${id(recording)}/file${reason ? `?${new URLSearchParams({ reason })}` : ""}`,
  deleteRecording: (recording: string, reason: string) => del<T.DeleteRecordingResponse>(`/recordings/${id(recording)}`, { reason }),
  voicemails: (query: T.ListVoicemailsRequest) => get<T.ListVoicemailsResponse>("/voicemails", { ...query }),
  voicemailUrl: (voicemail: string) => `/api/v1/voicemails/${id(voicemail)}/file`,
  deleteVoicemail: (voicemail: string) => del<T.DeleteVoicemailResponse>(`/voicemails/${id(voicemail)}`),
  faxes: (query: T.ListFaxesRequest) => get<T.ListFaxesResponse>("/faxes", { ...query }),
  /** `document` is a PDF in base64. */
  sendFax: (to: string, document: string, request_id: string) => post<T.SendFaxResponse>("/faxes", { request_id, to, document }),
  faxUrl: (fax: string, reason = "") => `/api/v1/faxes/${id(fax)}/file${reason ? `?${new URLSearchParams({ reason })}` : ""}`,
  deleteFax: (fax: string) => del<T.DeleteFaxResponse>(`/faxes/${id(fax)}`),
  links: () => get<T.ListLinkTestsResponse>("/voice/links"),
  health: () => get<T.GetVoiceHealthResponse>("/voice/health"),
};

export const telephony = {
  accounts: (person_id = "") => get<T.ListSipAccountsResponse>("/sip-accounts", { person_id }),
  saveAccount: (account: Draft<T.SipAccount>) => save<T.PutSipAccountResponse>("/sip-accounts", account, { account }),
  changePassword: (account: string, password = "") => post<T.ChangeSipPasswordResponse>(`/sip-accounts/${id(account)}/password`, { password }),
  deleteAccount: (account: string) => del<T.DeleteSipAccountResponse>(`/sip-accounts/${id(account)}`),
  blockAccounts: (account_ids: string[], reason: string) => post<T.BlockSipAccountsResponse>("/sip-accounts/block", { account_ids, reason }),
  tickets: () => get<T.ListSecurityTicketsResponse>("/security-tickets"),
  addEvidence: (ticket: string, title: string, text: string) => post<T.AddEvidenceResponse>(`/security-tickets/${id(ticket)}/evidence`, { evidence: { title, text } }),
  putOff: (ticket: string, due_at: string) => post<T.AddEvidenceResponse>(`/security-tickets/${id(ticket)}/evidence`, { due_at }),
  provisioning: (account: string, language: string) => get<T.GetProvisioningResponse>(`/sip-accounts/${id(account)}/provisioning`, { language }),
  trunks: () => get<T.ListTrunksResponse>("/trunks"),
  saveTrunk: (trunk: Draft<T.Trunk>, password = "") => save<T.PutTrunkResponse>("/trunks", trunk, { trunk, password }),
  deleteTrunk: (trunk: string) => del<T.DeleteTrunkResponse>(`/trunks/${id(trunk)}`),
  dialPlan: () => get<T.GetDialPlanResponse>("/dial-plan"),
  saveDialPlan: (plan: T.DialPlan) => put<T.PutDialPlanResponse>("/dial-plan", { plan }),
};

export const conversations = {
  list: (query: T.ListConversationsRequest, signal?: AbortSignal) =>
    get<T.ListConversationsResponse>("/conversations", { ...query }, signal),
  get: (conversation: string) => get<T.GetConversationResponse>(`/conversations/${id(conversation)}`),
  messages: (conversation: string, query: { before?: number; after?: number; limit?: number } = {}) =>
    get<T.ListMessagesResponse>(`/conversations/${id(conversation)}/messages`, query),
  /** Kept and repeated with one key until an answer comes; a 409 means someone wrote meanwhile (expect_seq). */
  send: (conversation: string, body: Omit<T.SendMessageRequest, "conversation_id">, options: CallOptions = {}) =>
    post<T.SendMessageResponse>(`/conversations/${id(conversation)}/messages`, body, { keep: true, ...options }),
  read: (conversation: string, seq: number) => post<T.MarkReadResponse>(`/conversations/${id(conversation)}/read`, { seq }),
  close: (conversation: string, disposition = "") => post<T.CloseConversationResponse>(`/conversations/${id(conversation)}/close`, { disposition }),
  transfer: (conversation: string, body: Omit<T.TransferConversationRequest, "conversation_id">) =>
    post<T.TransferConversationResponse>(`/conversations/${id(conversation)}/transfer`, body),
  take: (conversation: string) => post<T.TakeConversationResponse>(`/conversations/${id(conversation)}/take`),
  typing: (conversation: string) => post<T.ShowTypingResponse>(`/conversations/${id(conversation)}/typing`),
  upload: (file: File, signal?: AbortSignal) => {
    const form = new FormData();
    form.append("file", file);
    return call<T.UploadAttachmentResponse>("POST", "/attachments", { body: form, signal });
  },
  attachmentUrl: (attachment: string) => `/api/v1/attachments/${id(attachment)}`,
};
