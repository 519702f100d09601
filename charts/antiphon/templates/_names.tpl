{{- define "antiphon.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (default .Chart.Name .Values.nameOverride) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "antiphon.labels" -}}
{{ include "antiphon.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "antiphon.selector" -}}
app.kubernetes.io/name: antiphon
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "antiphon.image" -}}
{{ .image.repository }}:{{ default .root.Chart.AppVersion .image.tag }}
{{- end }}

{{- define "antiphon.natsUrl" -}}
{{- if .Values.nats.enabled }}nats://{{ .Release.Name }}-nats:4222
{{- else }}{{ required "natsUrl is needed when nats.enabled is false" .Values.natsUrl }}{{ end }}
{{- end }}

{{- /* The Secret with MongoDB's address. */ -}}
{{- define "antiphon.mongoSecret" -}}
{{ default (printf "%s-mongodb-uri" (include "antiphon.fullname" .)) .Values.mongodb.externalSecret }}
{{- end }}

{{- define "antiphon.tlsSecret" -}}
{{ printf "%s-%s" (default (printf "%s-tls" (include "antiphon.fullname" .root)) .root.Values.tls.secretPrefix) .name }}
{{- end }}

{{- /* Restricted, as Pod Security Standards call it. */ -}}
{{- define "antiphon.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}
{{- define "antiphon.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
