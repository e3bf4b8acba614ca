{{- define "errand.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "errand.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains (include "errand.name" .) .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "errand.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "errand.selectorLabels" -}}
app.kubernetes.io/name: {{ include "errand.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "errand.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "errand.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "errand.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "errand.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "errand.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "errand.checked" -}}
{{- range $name, $target := .Values.targets }}
{{- if not (and $target.url $target.username $target.existingSecret) }}
{{- fail (printf "targets.%s needs url, username and existingSecret" $name) }}
{{- end }}
{{- end }}
{{- if and (eq .Values.migration.mode "job") (not (and .Values.migration.existingSecret .Values.migration.serviceLogin)) }}
{{- fail "migration.mode job needs migration.existingSecret (the owner of the schema) and migration.serviceLogin (the service's login, which it lets in)" }}
{{- end }}
{{- if and .Values.proxy.clientCertificate.format (not .Values.proxy.trusted) }}
{{- fail "proxy.clientCertificate needs proxy.trusted: the addresses of the proxies that set the header" }}
{{- end }}
{{- if and .Values.kubernetes.tokenReview (not .Values.kubernetes.inCluster) }}
{{- fail "kubernetes.tokenReview needs kubernetes.inCluster: it is asked with the pod's own token" }}
{{- end }}
{{- if and .Values.tls.clientCaConfigMap (not .Values.tls.existingSecret) }}
{{- fail "tls.clientCaConfigMap needs tls.existingSecret: who ends TLS asks for client certificates" }}
{{- end }}
{{- if and .Values.apply.enabled .Values.tls.existingSecret (not .Values.apply.url) }}
{{- fail "apply.url must be the https address of the service where tls.existingSecret is set" }}
{{- end }}
{{- if and .Values.apply.enabled (not (and .Values.apply.existingSecret .Values.apply.configMaps)) }}
{{- fail "apply.enabled needs apply.existingSecret (an administrator's token) and apply.configMaps" }}
{{- end }}
{{- end }}

{{- /* The restricted Pod Security Standard, and a file system that nobody writes to. */}}
{{- define "errand.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "errand.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "errand.pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- include "errand.podSecurity" . | nindent 2 }}
{{- end }}

{{- /* What the service is told beside its files; each line is a setting of application.yaml. */}}
{{- define "errand.configuration" -}}
spring:
  datasource:
    url: {{ .Values.database.url | quote }}
{{- if ne .Values.migration.mode "startup" }}
  flyway:
    enabled: false
{{- end }}
{{- if .Values.tls.existingSecret }}
  ssl:
    bundle:
      pem:
        service:
          reload-on-update: true
          keystore:
            certificate: file:/etc/errand/tls/tls.crt
            private-key: file:/etc/errand/tls/tls.key
          {{- if .Values.tls.clientCaConfigMap }}
          truststore:
            certificate: file:/etc/errand/client-ca/ca.crt
          {{- end }}
{{- end }}
server:
  port: 9000
{{- if .Values.tls.existingSecret }}
  ssl:
    bundle: service
    {{- if .Values.tls.clientCaConfigMap }}
    client-auth: want
    {{- end }}
{{- end }}
management:
  server:
    port: {{ .Values.management.port }}
errand:
  issuer: {{ .Values.issuer | quote }}
  database:
    password-file: /etc/errand/database/{{ .Values.database.passwordKey }}
  key:
    encryption-key-file: /etc/errand/kek/{{ .Values.keyEncryptionKey.key }}
{{- with .Values.admin }}
{{- if .issuer }}
  admin:
    issuer: {{ .issuer | quote }}
    name: {{ .name | quote }}
    {{- with .jwksUri }}
    jwks-uri: {{ . | quote }}
    {{- end }}
{{- end }}
{{- if .clientId }}
  console:
    client-id: {{ .clientId | quote }}
{{- end }}
{{- end }}
{{- if .Values.kubernetes.tokenReview }}
  clusters:
    in_cluster:
      token-review: true
{{- end }}
{{- if .Values.proxy.trusted }}
  proxy:
    trusted:
      {{- toYaml .Values.proxy.trusted | nindent 6 }}
    {{- with .Values.proxy.clientCertificate }}
    {{- if .format }}
    client-certificate:
      format: {{ .format }}
      {{- with .header }}
      header: {{ . | quote }}
      {{- end }}
    {{- end }}
    {{- end }}
{{- end }}
{{- if .Values.outboundCaConfigMap }}
  outbound:
    ca-file: /etc/errand/outbound-ca/ca.crt
{{- end }}
{{- if .Values.targets }}
  targets:
{{- range $name, $target := .Values.targets }}
    {{ $name }}:
      url: {{ $target.url | quote }}
      username: {{ $target.username | quote }}
      password-file: /etc/errand/targets/{{ $name }}/{{ default "password" $target.passwordKey }}
      {{- with $target.settings }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- end }}
{{- end }}
{{- if .Values.httpTargets }}
  http-targets:
{{- range $name, $target := .Values.httpTargets }}
    {{ $name }}:
      url: {{ $target.url | quote }}
      {{- with $target.timeout }}
      timeout: {{ . }}
      {{- end }}
      {{- if $target.existingSecret }}
      certificate-file: /etc/errand/http-targets/{{ $name }}/tls.crt
      key-file: /etc/errand/http-targets/{{ $name }}/tls.key
      {{- end }}
{{- end }}
{{- end }}
{{- if .Values.vault.address }}
  vault:
    address: {{ .Values.vault.address | quote }}
    {{- with .Values.vault.namespace }}
    namespace: {{ . | quote }}
    {{- end }}
    {{- if .Values.vault.caConfigMap }}
    ca-file: /etc/errand/vault-ca/ca.crt
    {{- end }}
    auth:
      method: {{ .Values.vault.method }}
      role: {{ .Values.vault.role | quote }}
      jwt-file: /var/run/secrets/errand/vault/token
      {{- with .Values.vault.mount }}
      mount: {{ . | quote }}
      {{- end }}
{{- end }}
{{- end }}

{{- define "errand.applicationYaml" -}}
{{- mustMergeOverwrite (include "errand.configuration" . | fromYaml) (deepCopy .Values.config) | toYaml }}
{{- end }}
