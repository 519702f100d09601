{{- /* One service: its workload, Service, PodDisruptionBudget and HorizontalPodAutoscaler. Takes root, name and svc (the
service's block over the defaults). */ -}}
{{- define "antiphon.service" -}}
{{- $full := printf "%s-%s" (include "antiphon.fullname" .root) .name -}}
{{- $stateful := eq (default "" .svc.workload) "stateful" -}}
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" $stateful }}
metadata:
  name: {{ $full }}
  labels: {{- include "antiphon.labels" . | nindent 4 }}
spec:
  {{- if not .svc.autoscaling.enabled }}
  replicas: {{ .svc.replicas }}
  {{- end }}
  {{- if $stateful }}
  serviceName: {{ $full }}
  podManagementPolicy: Parallel
  {{- else }}
  strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  {{- end }}
  selector:
    matchLabels: {{- include "antiphon.selector" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "antiphon.selector" . | nindent 8 }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "7002"
        checksum/settings: {{ toJson (dict "service" .svc "voice" .root.Values.voice "urls" (list .root.Values.publicUrl .root.Values.channelsUrl)) | sha256sum }}
        {{- with .svc.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "antiphon.fullname" .root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext: {{- include "antiphon.podSecurity" . | nindent 8 }}
      terminationGracePeriodSeconds: {{ add .svc.drainSeconds 30 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "antiphon.selector" . | nindent 14 }}
      {{- with .svc.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .svc.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .svc.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if and (eq .name "media") .root.Values.voice.enabled }}
      initContainers: {{- include "antiphon.soundsMaker" . | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ .name }}
          image: {{ include "antiphon.image" (dict "root" .root "image" .root.Values.image) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: [python, -m, antiphon.{{ .name }}]
          securityContext: {{- include "antiphon.containerSecurity" . | nindent 12 }}
          envFrom: {{- include "antiphon.envFrom" . | nindent 12 }}
          env:
            {{- include "antiphon.env" . | nindent 12 }}
            - { name: ANTIPHON_DRAIN_SECONDS, value: {{ ternary 20 .svc.drainSeconds (eq .name "media") | quote }} }
            {{- include "antiphon.ownEnv" . | nindent 12 }}
            {{- range $key, $value := .svc.env }}
            - { name: {{ $key }}, value: {{ $value | quote }} }
            {{- end }}
          ports:
            {{- if .svc.grpc }}
            - { name: grpc, containerPort: 7000 }
            - { name: health, containerPort: 7001 }
            {{- end }}
            - { name: metrics, containerPort: 7002 }
            {{- if .svc.http }}
            - { name: http, containerPort: {{ .svc.http }} }
            {{- end }}
            {{- if .svc.sip }}
            - { name: sip-udp, containerPort: {{ .svc.sip }}, protocol: UDP }
            - { name: sip-tcp, containerPort: {{ .svc.sip }} }
            {{- end }}
          {{- $probe := ternary (dict "grpc" (dict "port" 7001)) (dict "httpGet" (dict "path" "/healthz" "port" "http")) .svc.grpc }}
          {{- $ready := ternary $probe (dict "httpGet" (dict "path" "/readyz" "port" "http")) .svc.grpc }}
          startupProbe:
            {{- toYaml $probe | nindent 12 }}
            periodSeconds: 2
            failureThreshold: 60
          readinessProbe:
            {{- toYaml $ready | nindent 12 }}
            periodSeconds: 5
            timeoutSeconds: 3
          {{- if .svc.http }}
          livenessProbe:
            httpGet: { path: /healthz, port: http }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          {{- else }}
          livenessProbe:
            tcpSocket: { port: health }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          {{- end }}
          resources: {{- toYaml .svc.resources | nindent 12 }}
          volumeMounts:
            {{- include "antiphon.mounts" . | nindent 12 }}
            {{- if and (eq .name "media") .root.Values.voice.enabled }}
            - { name: voice, mountPath: /var/lib/antiphon/voice }
            - { name: spool, mountPath: /var/lib/antiphon/spool }
            {{- end }}
      volumes:
        {{- include "antiphon.volumes" . | nindent 8 }}
        {{- if and (eq .name "media") .root.Values.voice.enabled }}
        - { name: voice, persistentVolumeClaim: { claimName: {{ include "antiphon.voiceClaim" .root }} } }
        - { name: spool, emptyDir: {} }
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $full }}
  labels: {{- include "antiphon.labels" . | nindent 4 }}
spec:
  {{- if .svc.grpc }}
  clusterIP: None # every client sees all replicas and asks them in turn
  {{- end }}
  {{- if $stateful }}
  publishNotReadyAddresses: true # a replica that drains is still spoken to
  {{- end }}
  selector: {{- include "antiphon.selector" . | nindent 4 }}
  ports:
    {{- if .svc.grpc }}
    - { name: grpc, port: 7000, targetPort: grpc, appProtocol: kubernetes.io/h2c }
    {{- end }}
    {{- if .svc.http }}
    - { name: http, port: {{ .svc.http }}, targetPort: http }
    {{- end }}
    {{- if .svc.sip }}
    - { name: sip-udp, port: {{ .svc.sip }}, protocol: UDP }
    - { name: sip-tcp, port: {{ .svc.sip }} }
    {{- end }}
{{- if and .root.Values.podDisruptionBudget.enabled (or (gt (int .svc.replicas) 1) .svc.autoscaling.enabled) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $full }}
  labels: {{- include "antiphon.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "antiphon.selector" . | nindent 6 }}
{{- end }}
{{- if and .svc.autoscaling.enabled .svc.autoscaling.triggers }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $full }}
  labels: {{- include "antiphon.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { kind: {{ ternary "StatefulSet" "Deployment" $stateful }}, name: {{ $full }} }
  minReplicaCount: {{ .svc.autoscaling.minReplicas }}
  maxReplicaCount: {{ .svc.autoscaling.maxReplicas }}
  cooldownPeriod: {{ .svc.autoscaling.cooldownSeconds }}
  triggers: {{- toYaml .svc.autoscaling.triggers | nindent 4 }}
{{- else if .svc.autoscaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $full }}
  labels: {{- include "antiphon.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: {{ ternary "StatefulSet" "Deployment" $stateful }}, name: {{ $full }} }
  minReplicas: {{ .svc.autoscaling.minReplicas }}
  maxReplicas: {{ .svc.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ .svc.autoscaling.cpu }} } }
{{- end }}
{{- end }}
