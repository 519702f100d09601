/** Every call of the contract, by area. Types are the messages of proto/antiphon (types.gen.ts). */
import { address, call, del, get, post, put, type CallOptions } from "./client";
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
  passkeys: () => get<T.ListPasskeysResponse>("/me/passkeys"),
  beginPasskey: (password: string) => post<T.BeginPasskeyResponse>("/me/passkeys/begin", { password }),
  addPasskey: (credential: string, title: string) => post<T.AddPasskeyResponse>("/me/passkeys", { credential, title }),
  deletePasskey: (passkey: string) => del<T.DeletePasskeyResponse>(`/me/passkeys/${id(passkey)}`),
  beginPasskeySignIn: () => post<T.BeginPasskeySignInResponse>("/sign-in/passkey/begin"),
  finishPasskeySignIn: (credential: string) => post<T.FinishPasskeySignInResponse>("/sign-in/passkey", { credential }),
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

export const deals = {
  list: (query: T.ListDealsRequest) => get<T.ListDealsResponse>("/deals", { ...query }),
  one: (deal: string) => get<T.GetDealResponse>(`/deals/${id(deal)}`),
  save: (deal: Draft<T.Deal>) => save<T.PutDealResponse>("/deals", deal, { deal }),
  remove: (deal: string) => del<T.DeleteDealResponse>(`/deals/${id(deal)}`),
  pipelines: () => get<T.GetPipelinesResponse>("/deal-pipelines"),
  savePipelines: (pipelines: readonly T.Pipeline[], rev: number) => put<T.PutPipelinesResponse>("/deal-pipelines", { pipelines, rev }),
  report: (query: T.GetDealReportRequest) => get<T.GetDealReportResponse>("/deal-report", { ...query }),
  exportUrl: (query: T.ExportDealsRequest) => address("/deal-export", { ...query }),
};

export const signOn = {
  get: () => get<T.GetSignOnResponse>("/sign-on"),
  put: (sign_on: Draft<T.SignOn>, client_secret: string) => put<T.PutSignOnResponse>("/sign-on", { sign_on, client_secret }),
};

export const crm = {
  merge: (contact: string, into_id: string, why = "") => post<T.MergeContactsResponse>(`/contacts/${id(contact)}/merge`, { into_id, why }),
  unmerge: (contact: string) => post<T.UnmergeContactResponse>(`/contacts/${id(contact)}/unmerge`),
  suggestions: (query: T.ListMergeSuggestionsRequest) => get<T.ListMergeSuggestionsResponse>("/merge-suggestions", { ...query }),
  unlike: (contact: string, other_id: string) => post<T.DismissMergeSuggestionResponse>(`/contacts/${id(contact)}/unlike`, { other_id }),
  match: (query: { phone?: string; email?: string }) => get<T.MatchContactsResponse>("/contact-matches", query),
  fields: () => get<T.GetContactFieldsResponse>("/contact-fields"),
  saveFields: (fields: readonly T.ContactField[], rev: number) => put<T.PutContactFieldsResponse>("/contact-fields", { fields, rev }),
  notes: (contact: string, query: { limit?: number; after?: string } = {}) => get<T.ListContactNotesResponse>(`/contacts/${id(contact)}/notes`, query),
  searchNotes: (query: T.SearchContactNotesRequest, signal?: AbortSignal) => get<T.SearchContactNotesResponse>("/search/notes", { ...query }, signal),
  saveNote: (note: Draft<T.ContactNote>) => save<T.PutContactNoteResponse>("/contact-notes", note, { note }),
  deleteNote: (note: string) => del<T.DeleteContactNoteResponse>(`/contact-notes/${id(note)}`),
};

export const privacy = {
  erase: (contact: string, reason: string) => post<T.EraseContactResponse>(`/contacts/${id(contact)}/erase`, { reason }),
  erasures: () => get<T.ListErasuresResponse>("/erasures", { limit: 50 }),
  consents: (contact: string) => get<T.ListConsentsResponse>(`/contacts/${id(contact)}/consents`),
  give: (contact: string, purpose: T.Purpose, source: string) => post<T.GiveConsentResponse>(`/contacts/${id(contact)}/consents`, { purpose, source }),
  withdraw: (contact: string, purpose: T.Purpose) => post<T.WithdrawConsentResponse>(`/contacts/${id(contact)}/consents/withdraw`, { purpose }),
  retention: () => get<T.GetRetentionResponse>("/retention"),
  saveRetention: (retention: Omit<T.Retention, "tenant_id">) => put<T.PutRetentionResponse>("/retention", { retention }),
  exportUrl: (contact: string) => `/api/v1/contacts/${id(contact)}/export`,
};

export const surveys = {
  policy: () => get<T.GetSurveyPolicyResponse>("/survey-policy"),
  savePolicy: (policy: T.SurveyPolicy) => put<T.PutSurveyPolicyResponse>("/survey-policy", { policy }),
  ratings: (query: T.ListRatingsRequest = {}) => get<T.ListRatingsResponse>("/ratings", { ...query }),
};

export const search = {
  messages: (query: T.SearchMessagesRequest, signal?: AbortSignal) => get<T.SearchMessagesResponse>("/search/messages", { ...query }, signal),
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

export const leads = {
  catcher: (channel: string) => get<T.GetLeadCatcherResponse>(`/channels/${id(channel)}/lead-catcher`),
  save: (catcher: T.LeadCatcher) => put<T.PutLeadCatcherResponse>(`/channels/${id(catcher.channel_id)}/lead-catcher`, { catcher }),
  newest: (channel: string) => get<T.ListLeadsResponse>(`/channels/${id(channel)}/leads`, { limit: 20 }),
  chats: () => get<T.ListLeadChatsResponse>("/lead-chats"),
  dropChat: (chat: string) => del<T.DeleteLeadChatResponse>(`/lead-chats/${id(chat)}`),
  code: () => post<T.MakeLeadCodeResponse>("/lead-codes"),
};

export const media = {
  softphone: () => get<T.GetSoftphoneResponse>("/softphone"),
  dial: (to: string, request_id: string = crypto.randomUUID()) => post<T.DialResponse>("/calls", { request_id, to }),
  live: () => get<T.ListLiveCallsResponse>("/calls/live"),
  calls: (query: T.ListCallsRequest) => get<T.ListCallsResponse>("/calls", { ...query }),
  call: (call: string) => get<T.GetCallResponse>(`/calls/${id(call)}`),
  ladder: (call: string, why: Record<string, string> = {}) => get<T.GetCallLadderResponse>(`/calls/${id(call)}/ladder`, why),
  hold: (call: string, on: boolean) => post<T.HoldResponse>(`/calls/${id(call)}/hold`, { on }),
  hangUp: (call: string) => post<T.HangUpResponse>(`/calls/${id(call)}/hang-up`),
  digits: (call: string, digits: string) => post<T.SendDigitsResponse>(`/calls/${id(call)}/digits`, { digits }),
  transfer: (call: string, body: Omit<T.MediaTransferRequest, "call_id">) => post<T.MediaTransferResponse>(`/calls/${id(call)}/transfer`, body),
  completeTransfer: (call: string) => post<T.CompleteTransferResponse>(`/calls/${id(call)}/transfer/complete`),
  cancelTransfer: (call: string) => post<T.CancelTransferResponse>(`/calls/${id(call)}/transfer/cancel`),
  addParty: (call: string, to: string) => post<T.AddPartyResponse>(`/calls/${id(call)}/parties`, { to }),
  pauseRecording: (call: string, on: boolean) => post<T.PauseRecordingResponse>(`/calls/${id(call)}/recording`, { on }),
  monitor: (call: string, mode: T.MonitorMode, why: Record<string, string>) => post<T.MonitorResponse>(`/calls/${id(call)}/monitor`, { mode, ...why }),
  recordings: (query: T.ListRecordingsRequest) => get<T.ListRecordingsResponse>("/recordings", { ...query }),
  /** The player's address. The reason is told to the audit log. */
  recordingUrl: (recording: string, why?: Record<string, string>) => `/api/v1/recordings/${id(recording)}/file${why ? `?${new URLSearchParams(why)}` : ""}`,
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
  bans: () => get<T.ListBansResponse>("/voice/bans"),
  liftBan: (address: string, user: string, reason: string) => post<T.LiftBanResponse>("/voice/bans/lift", { address, user, reason }),
};

export const support = {
  find: (body: T.FindSubscriberRequest) => post<T.FindSubscriberResponse>("/support/find", body),
  forward: (body: T.ForwardSubscriberRequest) => post<T.ForwardSubscriberResponse>("/support/forward", body),
};

export const slots = {
  gateways: () => get<T.ListGatewaysResponse>("/gateways"),
  saveGateway: (gateway: Pick<T.Gateway, "id" | "rev" | "capacity" | "prefix">) => put<T.PutGatewayResponse>(`/gateways/${id(gateway.id)}`, { gateway }),
  deleteGateway: (gateway: string) => del<T.DeleteGatewayResponse>(`/gateways/${id(gateway)}`),
  place: ({ gateway_id = "", ...body }: T.AssignSlotRequest) => post<T.AssignSlotResponse>(`/gateways/${id(gateway_id)}/sims`, body),
  release: (sim: string) => del<T.ReleaseSlotResponse>(`/sims/${id(sim)}`),
  companies: () => get<T.ListCompaniesResponse>("/companies"),
};

export const telephony = {
  accounts: (person_id = "") => get<T.ListSipAccountsResponse>("/sip-accounts", { person_id }),
  saveAccount: (account: Draft<T.SipAccount>) => save<T.PutSipAccountResponse>("/sip-accounts", account, { account }),
  changePassword: (account: string, password = "") => post<T.ChangeSipPasswordResponse>(`/sip-accounts/${id(account)}/password`, { password }),
  activateLine: (account: string) => post<T.ActivateLineResponse>(`/sip-accounts/${id(account)}/line`, {}),
  closeLine: (account: string) => del<T.CloseLineResponse>(`/sip-accounts/${id(account)}/line`),
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

/** The file itself is the body; what is said about it stands in the query. */
const table = <R>(path: string, file: Blob, query: Record<string, string | number | undefined>) => call<R>("POST", path, { body: file, query });

export const dialer = {
  campaigns: () => get<T.ListCampaignsResponse>("/campaigns"),
  saveCampaign: (campaign: Draft<T.Campaign>) => save<T.PutCampaignResponse>("/campaigns", campaign, { campaign }),
  setState: (campaign: string, state: T.CampaignState) => post<T.SetCampaignStateResponse>(`/campaigns/${id(campaign)}/state`, { state }),
  status: (campaign: string) => get<T.GetStatusResponse>(`/campaigns/${id(campaign)}/status`),
  report: (campaign: string, day: string) => get<T.GetCampaignReportResponse>(`/campaigns/${id(campaign)}/report`, { day }),
  attempts: (campaign: string, query: { limit?: number; after?: string }) => get<T.ListAttemptsResponse>(`/campaigns/${id(campaign)}/attempts`, query),
  resultsUrl: (campaign: string, list = "") => `/api/v1/campaigns/${id(campaign)}/results${list ? `?${new URLSearchParams({ list_id: list })}` : ""}`,
  evidenceUrl: (campaign: string, day: string) => `/api/v1/campaigns/${id(campaign)}/evidence?${new URLSearchParams({ day })}`,
  lists: (campaign: string) => get<T.ListListsResponse>(`/campaigns/${id(campaign)}/lists`),
  /** A repeat with the same request id is the same import. */
  importList: (campaign: string, file: Blob, about: { request_id: string; name: string; weight: number; columns: Readonly<Record<string, string>> }) =>
    table<T.ImportListResponse>(`/campaigns/${id(campaign)}/lists`, file, { request_id: about.request_id, name: about.name, weight: about.weight, ...meant(about.columns) }),
  previewList: (campaign: string, file: Blob, columns: Readonly<Record<string, string>>) => table<T.PreviewListResponse>(`/campaigns/${id(campaign)}/lists/preview`, file, meant(columns)),
  saveList: (list: Pick<T.ContactList, "id" | "name" | "weight" | "resting">) => put<T.PutListResponse>(`/contact-lists/${id(list.id)}`, { list: { name: list.name, weight: list.weight, resting: list.resting } }),
  recycle: (list: string, results: T.ResultClass[], dispositions: string[]) => post<T.RecycleListResponse>(`/contact-lists/${id(list)}/recycle`, { results, dispositions }),
  badRows: (list: string, after_line = 0) => get<T.ListBadRowsResponse>(`/contact-lists/${id(list)}/bad-rows`, { after_line }),
  doNotCall: (query: { level: T.DoNotCallLevel; campaign_id?: string; prefix?: string; after?: string }) => get<T.ListDoNotCallResponse>("/do-not-call", query),
  forbid: (body: T.AddDoNotCallRequest) => post<T.AddDoNotCallResponse>("/do-not-call", body),
  permit: (body: T.RemoveDoNotCallRequest) => post<T.RemoveDoNotCallResponse>("/do-not-call/remove", body),
  importDoNotCall: (file: Blob, query: { level: T.DoNotCallLevel; campaign_id?: string; region?: string }) => table<T.ImportDoNotCallResponse>("/do-not-call/import", file, query),
  packs: () => get<T.ListPacksResponse>("/policy-packs"),
  mine: () => get<T.ListMyCampaignsResponse>("/me/campaigns"),
  take: (campaign: string) => post<T.TakePreviewResponse>(`/campaigns/${id(campaign)}/preview`),
  dial: (preview: string) => post<T.DialPreviewResponse>(`/previews/${id(preview)}/dial`),
  skip: (preview: string, reason = "") => post<T.SkipPreviewResponse>(`/previews/${id(preview)}/skip`, { reason }),
  card: (call: string) => get<T.GetCardResponse>(`/calls/${id(call)}/card`),
  result: (call: string, body: Omit<T.RecordResultRequest, "call_id" | "attempt_id">) => post<T.RecordResultResponse>(`/calls/${id(call)}/result`, body),
};
const meant = (columns: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(columns).map(([meaning, heading]) => [`columns.${meaning}`, heading]));

export const conversations = {
  list: (query: T.ListConversationsRequest, signal?: AbortSignal) =>
    get<T.ListConversationsResponse>("/conversations", { ...query }, signal),
  get: (conversation: string) => get<T.GetConversationResponse>(`/conversations/${id(conversation)}`),
  messages: (conversation: string, query: { before?: number; after?: number; limit?: number } = {}) =>
    get<T.ListMessagesResponse>(`/conversations/${id(conversation)}/messages`, query),
  saidWith: (contact: string, query: { limit?: number; after?: string }) => get<T.ListCustomerMessagesResponse>(`/contacts/${id(contact)}/messages`, query),
  /** Kept and repeated with one key until an answer comes; a 409 means someone wrote meanwhile (expect_seq). */
  send: (conversation: string, body: Omit<T.SendMessageRequest, "conversation_id">, options: CallOptions = {}) =>
    post<T.SendMessageResponse>(`/conversations/${id(conversation)}/messages`, body, { keep: true, ...options }),
  read: (conversation: string, seq: number) => post<T.MarkReadResponse>(`/conversations/${id(conversation)}/read`, { seq }),
  close: (conversation: string, disposition = "") => post<T.CloseConversationResponse>(`/conversations/${id(conversation)}/close`, { disposition }),
  transfer: (conversation: string, body: Omit<T.TransferConversationRequest, "conversation_id">) =>
    post<T.TransferConversationResponse>(`/conversations/${id(conversation)}/transfer`, body),
  start: (body: T.StartConversationRequest) => post<T.StartConversationResponse>("/conversations", body),
  take: (conversation: string) => post<T.TakeConversationResponse>(`/conversations/${id(conversation)}/take`),
  typing: (conversation: string) => post<T.ShowTypingResponse>(`/conversations/${id(conversation)}/typing`),
  upload: (file: File, signal?: AbortSignal) => {
    const form = new FormData();
    form.append("file", file);
    return call<T.UploadAttachmentResponse>("POST", "/attachments", { body: form, signal });
  },
  attachmentUrl: (attachment: string) => `/api/v1/attachments/${id(attachment)}`,
};

/** Working with conversations: actions on one or many, and what a company keeps for writing and sorting. */
export const bench = {
  act: (body: Omit<T.ActRequest, "request_id">, request_id: string = crypto.randomUUID()) => post<T.ActResponse>("/conversation-actions", { ...body, request_id }),
  tags: () => get<T.ListTagsResponse>("/tags"),
  saveTag: (tag: Draft<T.Tag>) => save<T.PutTagResponse>("/tags", tag, { tag }),
  deleteTag: (tag: string) => del<T.DeleteTagResponse>(`/tags/${id(tag)}`),
  canned: () => get<T.ListCannedResponse>("/canned-answers"),
  saveCanned: (answer: Draft<T.CannedAnswer>) => save<T.PutCannedResponse>("/canned-answers", answer, { answer }),
  deleteCanned: (answer: string) => del<T.DeleteCannedResponse>(`/canned-answers/${id(answer)}`),
  macros: () => get<T.ListMacrosResponse>("/macros"),
  saveMacro: (macro: Draft<T.Macro>) => save<T.PutMacroResponse>("/macros", macro, { macro }),
  deleteMacro: (macro: string) => del<T.DeleteMacroResponse>(`/macros/${id(macro)}`),
  mentions: (only_unseen = false) => get<T.ListMentionsResponse>("/me/mentions", { only_unseen }),
  seeMentions: (conversation_id = "") => post<T.SeeMentionsResponse>("/me/mentions/seen", { conversation_id }),
  draft: (conversation: string) => get<T.GetDraftResponse>(`/conversations/${id(conversation)}/draft`),
  saveDraft: (conversation: string, draft: T.Draft) => put<T.PutDraftResponse>(`/conversations/${id(conversation)}/draft`, { draft }),
  schedule: (conversation: string, message: Draft<T.ScheduledMessage>) => put<T.PutScheduledResponse>(`/conversations/${id(conversation)}/scheduled`, { message }),
  unschedule: (conversation: string, scheduled: string) => post<T.CancelScheduledResponse>(`/conversations/${id(conversation)}/scheduled/cancel`, { id: scheduled }),
  policies: () => get<T.ListSlaPoliciesResponse>("/sla-policies"),
  savePolicy: (policy: Draft<T.SlaPolicy>) => save<T.PutSlaPolicyResponse>("/sla-policies", policy, { policy }),
  deletePolicy: (policy: string) => del<T.DeleteSlaPolicyResponse>(`/sla-policies/${id(policy)}`),
  templates: (channel: string) => get<T.ListTemplatesResponse>(`/channels/${id(channel)}/templates`),
  blocks: () => get<T.ListBlocksResponse>("/blocks"),
  deleteBlock: (block: string) => del<T.DeleteBlockResponse>(`/blocks/${id(block)}`),
};

export const insight = {
  interactions: (query: T.ListInteractionsRequest, signal?: AbortSignal) => get<T.ListInteractionsResponse>("/interactions", { ...query }, signal),
  interaction: (interaction: string) => get<T.GetInteractionResponse>(`/interactions/${id(interaction)}`),
  interactionsUrl: (query: T.ExportInteractionsRequest) => address("/interactions/export", { ...query }),
  missed: (query: T.ListMissedRequest) => get<T.ListMissedResponse>("/missed", { ...query }),
  report: (query: T.GetReportRequest) => get<T.GetReportResponse>("/reports", { ...query }),
  rebuild: () => post<T.RebuildHistoryResponse>("/interactions/rebuild"),
  rebuilt: () => get<T.GetRebuildResponse>("/interactions/rebuild"),
  reportUrl: (query: T.ExportReportRequest) => address("/reports/export", { ...query }),
};

export const team = {
  rooms: () => get<T.ListRoomsResponse>("/rooms"),
  direct: (person_id: string) => post<T.OpenDirectResponse>("/rooms/direct", { person_id }),
  saveRoom: (room: Draft<T.Room>) => save<T.PutRoomResponse>("/rooms", room, { room }),
  leave: (room: string) => post<T.LeaveRoomResponse>(`/rooms/${id(room)}/leave`),
  lines: (room: string, query: { before?: number; limit?: number } = {}) => get<T.ListLinesResponse>(`/rooms/${id(room)}/lines`, query),
  say: (room: string, body: Omit<T.SayRequest, "room_id">, options: CallOptions = {}) => post<T.SayResponse>(`/rooms/${id(room)}/lines`, body, { keep: true, ...options }),
  read: (room: string, seq: number) => post<T.MarkRoomReadResponse>(`/rooms/${id(room)}/read`, { seq }),
  search: (words: string) => get<T.SearchLinesResponse>("/lines", { words }),
};

export const offers = {
  plans: () => get<T.ListServicePlansResponse>("/service-plans"),
  savePlan: (plan: Draft<T.ServicePlan>) => save<T.PutServicePlanResponse>("/service-plans", plan, { plan }),
  choose: (body: T.ChoosePlanRequest) => post<T.ChoosePlanResponse>("/service-plans/choose", body),
  numbers: () => get<T.ListOfferedNumbersResponse>("/number-offers"),
  order: (body: T.OrderNumberRequest) => post<T.OrderNumberResponse>("/number-orders", body),
  pool: () => get<T.ListPoolNumbersResponse>("/number-pool"),
  savePooled: (number: Draft<T.PoolNumber>) => save<T.PutPoolNumberResponse>("/number-pool", number, { number }),
  deletePooled: (number: string) => del<T.DeletePoolNumberResponse>(`/number-pool/${id(number)}`),
};

export const carriers = {
  all: () => get<T.ListCarriersResponse>("/carriers"),
  save: (carrier: Draft<T.Carrier>) => save<T.PutCarrierResponse>("/carriers", carrier, { carrier }),
  savePolicy: (policy: T.CarrierPolicy) => put<T.PutCarrierPolicyResponse>("/carrier-policy", { policy }),
  prices: (carrier: string) => get<T.ListCarrierPricesResponse>(`/carriers/${id(carrier)}/prices`),
  readPrices: (carrier: string, content: string, keep: boolean) => post<T.ReadCarrierPricesResponse>(`/carriers/${id(carrier)}/prices`, { content, keep }),
  approvePrices: (carrier: string, version: number) => post<T.ApproveCarrierPricesResponse>(`/carriers/${id(carrier)}/prices/approve`, { version }),
  totals: (query: T.ListCarrierTotalsRequest) => get<T.ListCarrierTotalsResponse>("/carrier-totals", { ...query }),
  statements: (carrier_id: string) => get<T.ListCarrierStatementsResponse>("/carrier-statements", { carrier_id }),
  reconcile: (carrier: string, body: Omit<T.ReconcileCarrierRequest, "carrier_id">) => post<T.ReconcileCarrierResponse>(`/carriers/${id(carrier)}/statements`, body),
};

export const customersOf = {
  list: (query: Partial<T.ListCustomersRequest>) => get<T.ListCustomersResponse>("/operator/customers", { ...query }),
  read: (customer: string, ask: Partial<T.ReadCustomerRequest>) => post<T.ReadCustomerResponse>(`/operator/customers/${id(customer)}/read`, ask),
  act: (customer: string, act: Partial<T.ActForCustomerRequest>) => post<T.ActForCustomerResponse>(`/operator/customers/${id(customer)}/act`, act),
  decide: (customer: string, request: string, approve: boolean) => post<T.DecideForCustomerResponse>(`/operator/customers/${id(customer)}/decide`, { decide: { request_id: request, approve } }),
  work: (query: Partial<T.ListWorkRequest>) => get<T.ListWorkResponse>("/operator/work", { ...query }),
  month: (month: string) => get<T.GetMonthEndResponse>("/operator/month-end", { month }),
  errands: () => get<T.ListErrandsResponse>("/operator/errands"),
  saveErrand: (errand: Partial<T.Errand> & { id: string }) => put<T.PutErrandResponse>(`/operator/errands/${id(errand.id)}`, { errand }),
};

export const billing = {
  account: () => get<T.GetAccountResponse>("/billing/account"),
  saveAccount: (account: Draft<T.Account>) => put<T.PutAccountResponse>("/billing/account", { account }),
  entries: (query: T.ListEntriesRequest) => get<T.ListEntriesResponse>("/billing/entries", { ...query }),
  calls: (query: T.ListChargesRequest) => get<T.ListChargesResponse>("/billing/calls", { ...query }),
  running: () => get<T.ListRunningCallsResponse>("/billing/calls/running"),
  spending: (first: string, last: string) => get<T.GetSpendingResponse>("/billing/spending", { first, last }),
  campaignCost: (campaign: string, first: string, last: string) => get<T.GetCampaignCostResponse>(`/billing/campaigns/${id(campaign)}/cost`, { first, last }),
  notices: (limit = 20) => get<T.ListNoticesResponse>("/billing/notices", { limit }),
  products: () => get<T.ListProductsResponse>("/billing/products"),
  packages: () => get<T.ListPackagesResponse>("/billing/packages"),
  orders: () => get<T.ListOrdersResponse>("/billing/orders"),
  order: (body: T.PlaceOrderRequest) => post<T.PlaceOrderResponse>("/billing/orders", body),
  cancelOrder: (order: string) => post<T.CancelOrderResponse>(`/billing/orders/${id(order)}/cancel`),
  tariffs: () => get<T.ListTariffsResponse>("/billing/tariffs"),
  payments: () => get<T.ListPaymentsResponse>("/billing/payments"),
  topUp: (body: T.StartTopUpRequest) => post<T.StartTopUpResponse>("/billing/payments", body),
  claim: (body: T.ClaimPaymentRequest) => post<T.ClaimPaymentResponse>("/billing/payments/claim", body),
  importStatement: (content: string) => post<T.ImportStatementResponse>("/billing/payments/import", { content }),
  resolve: (payment: string, credit: boolean) => post<T.ResolveLineResponse>(`/billing/payments/${id(payment)}/resolve`, { credit }),
  documents: () => get<T.ListDocumentsResponse>("/billing/documents"),
  makeDocument: (body: Partial<T.MakeDocumentRequest>) => post<T.MakeDocumentResponse>("/billing/documents", body),
  documentUrl: (document: string, format: "pdf" | "csv") => `/api/v1/billing/documents/${id(document)}/file?format=${format}`,
  object: (document: string, not_received: string, fault: string) => post<T.ObjectToDocumentResponse>(`/billing/documents/${id(document)}/object`, { not_received, fault }),
  verify: (body: T.VerifyDocumentRequest) => post<T.VerifyDocumentResponse>("/documents/verify", body),
  requests: () => get<T.ListRequestsResponse>("/billing/requests"),
  askFor: (body: T.AskForRequest) => post<T.AskForResponse>("/billing/requests", body),
  refundPaid: (request: string, paid_on: string, document: string) => post<T.ConfirmRefundResponse>(`/billing/requests/${id(request)}/paid`, { paid_on, document }),
  decide: (request: string, approve: boolean) => post<T.DecideResponse>(`/billing/requests/${id(request)}/decide`, { approve }),
  incidents: () => get<T.ListIncidentsResponse>("/billing/incidents"),
  saveIncident: (incident: T.Incident) => put<T.PutIncidentResponse>(`/billing/incidents/${id(incident.id)}`, { incident }),
  slaReport: (month: string) => get<T.GetSlaReportResponse>("/billing/incidents/report", { month }),
  creditOutages: (month: string) => post<T.CreditOutagesResponse>("/billing/incidents/credit", { month }),
  cases: () => get<T.ListCasesResponse>("/billing/cases"),
  alarms: () => get<T.ListAlarmsResponse>("/billing/alarms"),
  closeAlarm: (alarm_id: string, reason: string) => post<T.CloseAlarmResponse>("/billing/alarms/close", { alarm_id, reason }),
  editCase: (which: string, body: Omit<T.EditCaseRequest, "case_id">) => post<T.EditCaseResponse>(`/billing/cases/${id(which)}/edit`, body),
  block: (which: string, body: Omit<T.BlockCallsRequest, "case_id">) => post<T.BlockCallsResponse>(`/billing/cases/${id(which)}/block`, body),
  clients: (query: T.ListClientTotalsRequest) => get<T.ListClientTotalsResponse>("/billing/clients", { ...query }),
  rateCards: () => get<T.ListRateCardsResponse>("/billing/clients/cards"),
  saveRateCard: (card: T.RateCard) => put<T.PutRateCardResponse>(`/billing/clients/${id(card.project_id)}/card`, { card }),
  clientStatement: (project: string, period: { first: string; last: string }) => get<T.GetClientStatementResponse>(`/billing/clients/${id(project)}/statement`, { ...period }),
  trail: (limit = 50) => get<T.ListTrailResponse>("/billing/trail", { limit }),
  rerate: () => post<T.RerateSuspenseResponse>("/billing/calls/rerate"),
  priceList: (content: string, tariff_id: string) => post<T.ReadPriceListResponse>("/billing/price-lists", { content, tariff_id }),
  saveTariff: (tariff: Draft<T.Tariff>) => save<T.PutTariffResponse>("/billing/tariffs", tariff, { tariff }),
  approveTariff: (tariff: string, version: number) => post<T.ApproveTariffResponse>(`/billing/tariffs/${id(tariff)}/approve`, { version }),
  shadow: (tariff: string, version: number) => post<T.ShadowRateResponse>(`/billing/tariffs/${id(tariff)}/shadow`, { version }),
  trust: () => post<T.TakeTrustResponse>("/billing/trust"),
  contract: () => get<T.GetContractResponse>("/billing/contract"),
  endContract: (body: T.EndContractRequest) => post<T.EndContractResponse>("/billing/contract/end", body),
  withdrawEnding: (ending: string) => post<T.WithdrawEndingResponse>(`/billing/contract/endings/${id(ending)}/withdraw`),
  answerTermsChange: (change: string, accept: boolean) => post<T.AnswerTermsChangeResponse>(`/billing/contract/changes/${id(change)}/answer`, { accept }),
  publishedChanges: () => get<T.ListPublishedChangesResponse>("/billing/changes"),
  publishChange: (body: { change: Partial<T.TermsChange>; preview: boolean }) => post<T.PublishChangeResponse>("/billing/changes", body),
  contractWork: () => get<T.ListContractWorkResponse>("/billing/contract-work"),
  extendReserve: (body: T.ExtendReserveRequest) => post<T.ExtendReserveResponse>("/billing/contract-work/reserve", body),
  startOrder: (order: string, company_id: string) => post<T.StartOrderResponse>(`/billing/orders/${id(order)}/start`, { company_id }),
  requestSignedAct: (document_id: string, company_id = "") => post<T.RequestSignedActResponse>("/billing/signed-acts", { document_id, company_id }),
  sendSignedAct: (document: string, company_id: string, tracking: string) => post<T.SendSignedActResponse>(`/billing/signed-acts/${id(document)}/sent`, { company_id, tracking }),
  storeSignedAct: (document: string, company_id: string, file: Blob) => call<T.StoreSignedActResponse>("POST", `/billing/signed-acts/${id(document)}/scan`, { query: { company_id }, body: file }),
  signedActUrl: (document: string, company_id: string) => `/api/v1/billing/signed-acts/${id(document)}/scan${company_id ? `?company_id=${id(company_id)}` : ""}`,
};

export const wfm = {
  history: (query: { queue_id: string; from?: string; to?: string; interval_minutes?: number }) => get<T.GetHistoryResponse>("/history", query),
  forecasts: () => get<T.ListForecastsResponse>("/forecasts"),
  forecast: (forecast: string) => get<T.GetForecastResponse>(`/forecasts/${id(forecast)}`),
  makeForecast: (body: Partial<T.MakeForecastRequest>) => post<T.MakeForecastResponse>("/forecasts", body),
  adjust: (forecast: string, rev: number, adjustment: Partial<T.Adjustment>) => post<T.AdjustForecastResponse>(`/forecasts/${id(forecast)}/adjust`, { rev, adjustment }),
  undo: (forecast: string, rev: number, index: number) => post<T.UndoAdjustmentResponse>(`/forecasts/${id(forecast)}/undo`, { rev, index }),
  staffing: (body: Partial<T.GetStaffingRequest>) => post<T.GetStaffingResponse>("/staffing", body),
  plans: () => get<T.ListPlansResponse>("/plans"),
  savePlan: (plan: Draft<T.Plan>) => save<T.PutPlanResponse>("/plans", plan, { plan }),
  schedules: () => get<T.ListSchedulesResponse>("/schedules"),
  schedule: (schedule: string) => get<T.GetScheduleResponse>(`/schedules/${id(schedule)}`),
  solve: (body: Partial<T.StartScheduleRequest>) => post<T.StartScheduleResponse>("/schedules", { request_id: crypto.randomUUID(), ...body }),
  stop: (schedule: string) => post<T.StopScheduleResponse>(`/schedules/${id(schedule)}/stop`),
  edit: (schedule: string, rev: number, edits: readonly T.ShiftEdit[], preview: boolean) => post<T.EditScheduleResponse>(`/schedules/${id(schedule)}/edit`, { rev, edits, preview }),
  copy: (schedule: string, name: string) => post<T.CopyScheduleResponse>(`/schedules/${id(schedule)}/copy`, { request_id: crypto.randomUUID(), name }),
  deleteSchedule: (schedule: string) => del<T.DeleteScheduleResponse>(`/schedules/${id(schedule)}`),
  publish: (schedule: string, rev: number) => post<T.PublishScheduleResponse>(`/schedules/${id(schedule)}/publish`, { rev }),
  mine: (query: { from?: string; to?: string; team?: boolean }) => get<T.GetMyScheduleResponse>("/me/schedule", query),
  preferences: () => get<T.GetMyPreferencesResponse>("/me/preferences"),
  putPreferences: (preferences: T.Preferences) => put<T.PutMyPreferencesResponse>("/me/preferences", { preferences }),
  calendar: () => get<T.GetCalendarLinkResponse>("/me/calendar"),
  makeCalendar: () => post<T.MakeCalendarLinkResponse>("/me/calendar"),
  revokeCalendar: () => del<T.RevokeCalendarLinkResponse>("/me/calendar"),
  changes: () => get<T.ListChangesResponse>("/schedule-changes"),
  ask: (body: Partial<T.RequestChangeRequest>) => post<T.RequestChangeResponse>("/schedule-changes", { request_id: crypto.randomUUID(), ...body }),
  answer: (change: string, agreed: boolean) => post<T.AnswerChangeResponse>(`/schedule-changes/${id(change)}/answer`, { agreed }),
  decide: (change: string, approved: boolean, reason = "") => post<T.DecideChangeResponse>(`/schedule-changes/${id(change)}/decide`, { approved, reason }),
  propose: (body: Partial<T.ProposeChangesRequest>) => post<T.ProposeChangesResponse>("/schedule-changes/propose", { request_id: crypto.randomUUID(), ...body }),
  adherence: (query: { from?: string; to?: string; grace_seconds?: number }) => get<T.GetAdherenceResponse>("/adherence", query),
  intraday: (query: { plan_id?: string; day?: string }) => get<T.GetIntradayResponse>("/intraday", query),
  productivity: (query: { from?: string; to?: string }) => get<T.GetProductivityResponse>("/productivity", query),
  shrinkage: (query: { from?: string; to?: string }) => get<T.GetShrinkageResponse>("/shrinkage", query),
};
