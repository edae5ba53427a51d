{{- define "scimulator.secretName" -}}
{{ .Values.existingSecret | default .Release.Name }}
{{- end }}

{{- define "scimulator.image" -}}
{{ required "Set image.repository to the name of the image in your registry" .Values.image.repository }}{{ with .Values.image.tag }}:{{ . }}{{ end }}
{{- end }}

{{- define "scimulator.host" -}}
{{- $url := required "Set publicUrl to https:// and the host name by which identity providers reach the server" .Values.publicUrl }}
{{- if not (hasPrefix "https://" $url) }}{{ fail "publicUrl has to begin with https://" }}{{ end }}
{{- required "publicUrl has to name a host after https://" (urlParse $url).hostname }}
{{- end }}

{{- define "scimulator.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
