{{- /* What every process of Antiphon is told: environment, and the files behind it. Takes root and name. */ -}}
{{- define "antiphon.env" -}}
- { name: ANTIPHON_NATS_URL, value: {{ include "antiphon.natsUrl" .root | quote }} }
- { name: ANTIPHON_NATS_SEED_FILE, value: /etc/antiphon/nats/nats.seed }
- name: ANTIPHON_MONGO_URL
  valueFrom: { secretKeyRef: { name: {{ include "antiphon.mongoSecret" .root }}, key: uri } }
- { name: ANTIPHON_REPLICAS, value: {{ .root.Values.jetstreamReplicas | quote }} }
- { name: ANTIPHON_LEASE_SECONDS, value: {{ .root.Values.leaseSeconds | quote }} }
- { name: ANTIPHON_ENDPOINT, value: {{ printf "dns:///%s-{service}:7000" (include "antiphon.fullname" .root) | quote }} }
- { name: ANTIPHON_LOG_LEVEL, value: {{ .root.Values.logLevel | quote }} }
- { name: ANTIPHON_METRICS_PORT, value: "7002" }
{{- with .root.Values.tracing }}
{{- if .endpoint }}
- { name: ANTIPHON_OTLP_ENDPOINT, value: {{ .endpoint | quote }} }
- { name: ANTIPHON_TRACE_SHARE, value: {{ .share | quote }} }
{{- if .headersSecret }}
- name: ANTIPHON_OTLP_HEADERS
  valueFrom: { secretKeyRef: { name: {{ .headersSecret }}, key: headers } }
{{- end }}
{{- end }}
{{- end }}
- { name: POD_IP, valueFrom: { fieldRef: { fieldPath: status.podIP } } }
{{- if .root.Values.tls.enabled }}
- { name: ANTIPHON_TLS_CERTIFICATE, value: /etc/antiphon/tls/tls.crt }
- { name: ANTIPHON_TLS_KEY, value: /etc/antiphon/tls/tls.key }
- { name: ANTIPHON_TLS_AUTHORITY, value: /etc/antiphon/tls/ca.crt }
{{- end }}
{{- end }}

{{- define "antiphon.envFrom" -}}
- configMapRef: { name: {{ .root.Values.keys.name }}-public }
- secretRef: { name: {{ .root.Values.keys.name }}-{{ .name }} }
{{- end }}

{{- /* Services that keep what people said and sent. */ -}}
{{- define "antiphon.seals" -}}
{{- if and .root.Values.encryption.enabled (has .name (list "channels" "directory" "media" "team")) }}yes{{ end -}}
{{- end }}

{{- /* Those among them that keep texts, where that is wanted. */ -}}
{{- define "antiphon.sealsTexts" -}}
{{- if and (include "antiphon.seals" .) .root.Values.encryption.texts (ne .name "media") }}yes{{ end -}}
{{- end }}

{{- define "antiphon.masterSecret" -}}
{{ default (printf "%s-master" .Values.keys.name) .Values.encryption.secret }}
{{- end }}

{{- /* What would otherwise show only as pods that never start. A cluster is asked whether the master keys are there, but
only one that has the other Secrets: before those pods wait anyway, and `helm template` asks nobody. */ -}}
{{- define "antiphon.checks" -}}
{{- $space := .Release.Namespace -}}
{{- $master := include "antiphon.masterSecret" . -}}
{{- if and .Values.encryption.enabled (lookup "v1" "Secret" $space (printf "%s-channels" .Values.keys.name)) -}}
{{- if not (lookup "v1" "Secret" $space $master) -}}
{{- fail (printf "encryption.enabled: there is no Secret %s with the master keys. Make it with `antiphon keys complete` (docs/operations/upgrade.md), name another in encryption.secret, or set encryption.enabled: false" $master) -}}
{{- end -}}
{{- end -}}
{{- $desk := get (urlParse .Values.publicUrl) "hostname" -}}
{{- if and (or .Values.ingress.enabled .Values.gateway.enabled) (eq $desk (get (urlParse .Values.channelsUrl) "hostname")) -}}
{{- fail (printf "channelsUrl: it needs a host of its own, %s is the desk's" $desk) -}}
{{- end -}}
{{- end }}

{{- define "antiphon.mounts" -}}
- { name: nats-seed, mountPath: /etc/antiphon/nats, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if include "antiphon.seals" . }}
- { name: master, mountPath: /etc/antiphon/master, readOnly: true }
{{- end }}
{{- if .root.Values.tls.enabled }}
- { name: tls, mountPath: /etc/antiphon/tls, readOnly: true }
{{- end }}
{{- end }}

{{- define "antiphon.volumes" -}}
- name: nats-seed
  secret: { secretName: {{ .root.Values.keys.name }}-{{ .name }}, defaultMode: 0440, items: [{ key: ANTIPHON_NATS_SEED, path: nats.seed }] }
- { name: tmp, emptyDir: {} }
{{- if include "antiphon.seals" . }}
- name: master
  secret: { secretName: {{ include "antiphon.masterSecret" .root }}, defaultMode: 0440 }
{{- end }}
{{- if .root.Values.tls.enabled }}
- name: tls
  secret: { secretName: {{ include "antiphon.tlsSecret" . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
