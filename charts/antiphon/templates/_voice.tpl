{{- define "antiphon.voiceClaim" -}}
{{ default (printf "%s-voice" (include "antiphon.fullname" .)) .Values.voice.storage.existingClaim }}
{{- end }}

{{- /* Addresses of the telephony nodes with a port: "10.0.0.11:5070" as a JSON list. */ -}}
{{- define "antiphon.nodesAt" -}}
{{- $port := .port -}}
{{- $found := list -}}
{{- range .root.Values.voice.nodes }}{{ $found = append $found (printf "%s:%d" .address (int $port)) }}{{ end -}}
{{ toJson $found }}
{{- end }}

{{- /* What nodes are called from outside, by address, as JSON. */ -}}
{{- define "antiphon.advertised" -}}
{{- $found := dict -}}
{{- range .Values.voice.nodes }}{{ if .advertised }}{{ $_ := set $found .address .advertised }}{{ end }}{{ end -}}
{{ toJson $found }}
{{- end }}

{{- /* What only one service is told. */ -}}
{{- define "antiphon.ownEnv" -}}
{{- $voice := .root.Values.voice -}}
{{- if .svc.grpc }}
- { name: ANTIPHON_HEALTH_PORT, value: "7001" }
{{- end }}
{{- if include "antiphon.seals" . }}
- { name: ANTIPHON_MASTER_KEYS, value: /etc/antiphon/master/keys.json }
{{- end }}
{{- if include "antiphon.sealsTexts" . }}
- { name: ANTIPHON_SEAL_TEXTS, value: "true" }
{{- end }}
{{- if eq .name "inbox" }}
- { name: ANTIPHON_INBOX_PORT, value: {{ .svc.http | quote }} }
- { name: ANTIPHON_INBOX_PUBLIC_URL, value: {{ .root.Values.publicUrl | quote }} }
- { name: ANTIPHON_INBOX_CHANNELS_PUBLIC_URL, value: {{ .root.Values.channelsUrl | quote }} }
{{- with $voice.websocketUrl }}
- { name: ANTIPHON_INBOX_SOFTPHONE_URLS, value: {{ toJson (list .) | quote }} }
{{- end }}
{{- else if eq .name "channels" }}
- { name: ANTIPHON_CHANNELS_HTTP_PORT, value: {{ .svc.http | quote }} }
- { name: ANTIPHON_CHANNELS_PUBLIC_URL, value: {{ .root.Values.channelsUrl | quote }} }
- { name: ANTIPHON_CHANNELS_BILLING, value: {{ .root.Values.billing.enabled | quote }} }
{{- else if eq .name "directory" }}
- { name: ANTIPHON_DIRECTORY_DESK_URL, value: {{ .root.Values.publicUrl | quote }} }
- { name: ANTIPHON_DIRECTORY_SIP_DOMAIN, value: {{ $voice.domain | quote }} }
{{- else if eq .name "media" }}
{{- if $voice.enabled }}
- { name: ANTIPHON_MEDIA_DRAIN_CALLS_SECONDS, value: {{ .svc.drainSeconds | quote }} }
- { name: ANTIPHON_MEDIA_REDUNDANT, value: {{ $voice.redundant | quote }} }
- { name: ANTIPHON_MEDIA_BILLING, value: {{ .root.Values.billing.enabled | quote }} }
- { name: ANTIPHON_MEDIA_BILLING_NEEDS_ACCOUNT, value: {{ .root.Values.billing.needsAccount | quote }} }
- { name: ANTIPHON_MEDIA_SIP_HOST, value: $(POD_IP) }
- { name: ANTIPHON_MEDIA_SIP_PORT, value: {{ .svc.sip | quote }} }
- { name: ANTIPHON_MEDIA_MIXER_HOST, value: $(POD_IP) }
- { name: ANTIPHON_MEDIA_DOMAIN, value: {{ $voice.domain | quote }} }
- { name: ANTIPHON_MEDIA_EDGE, value: {{ join "," (include "antiphon.nodesAt" (dict "root" .root "port" $voice.ports.private) | fromJsonArray) | quote }} }
- { name: ANTIPHON_MEDIA_ENGINES, value: {{ include "antiphon.nodesAt" (dict "root" .root "port" $voice.ports.ng) | quote }} }
- { name: ANTIPHON_MEDIA_SOUNDS, value: /var/lib/antiphon/voice/sounds }
- { name: ANTIPHON_MEDIA_RECORDINGS, value: /var/lib/antiphon/voice/recordings }
- { name: ANTIPHON_MEDIA_SPOOL, value: /var/lib/antiphon/spool }
{{- with $voice.websocketUrl }}
- { name: ANTIPHON_MEDIA_WEBSOCKET_URL, value: {{ . | quote }} }
{{- end }}
{{- if $voice.turn.enabled }}
{{- $urls := list -}}
{{- range $voice.nodes }}{{ $urls = append $urls (printf "turn:%s:%d" (default .address .advertised) (int $voice.turn.port)) }}{{ end }}
- { name: ANTIPHON_MEDIA_TURN_URLS, value: {{ toJson $urls | quote }} }
{{- end }}
{{- else }}
- { name: ANTIPHON_MEDIA_ENABLED, value: "false" }
- { name: ANTIPHON_MEDIA_WHY_DISABLED, value: Telephony is switched off in this installation (voice.enabled). }
{{- end }}
{{- end }}
{{- end }}

{{- define "antiphon.soundsMaker" -}}
- name: sounds # makes what is missing, in seconds; another pod may do the same at the same time
  image: {{ include "antiphon.image" (dict "root" .root "image" .root.Values.image) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [python, -m, antiphon.edge.sounds, /var/lib/antiphon/voice/sounds]
  securityContext: {{- include "antiphon.containerSecurity" . | nindent 4 }}
  resources: { requests: { cpu: 100m, memory: 128Mi }, limits: { memory: 512Mi } }
  volumeMounts:
    - { name: voice, mountPath: /var/lib/antiphon/voice }
    - { name: tmp, mountPath: /tmp }
{{- end }}

{{- /* Host network, on the nodes that carry telephony. */ -}}
{{- define "antiphon.onVoiceNodes" -}}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
nodeSelector: {{- toYaml .Values.voice.nodeLabel | nindent 2 }}
automountServiceAccountToken: false
enableServiceLinks: false
serviceAccountName: {{ include "antiphon.fullname" . }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
