/** The status of an error response, and its `detail` (RFC 7644 §3.12). */
export type ErrorResponse = { readonly status: number; readonly detail?: string }

export type Failure = {
  readonly code: string
  readonly reason: string
  readonly response?: ErrorResponse
  /** May concern the whole job instead of this object: credentials, or an endpoint that isn't SCIM. */
  readonly mayConcernJob?: true
  /** The target may have carried out the request: no response arrived, it failed with 5xx, or its 2xx is unreadable. */
  readonly unknownOutcome?: true
}

const scim = 'SystemForCrossDomainIdentityManagementService'

// The codes of Test Connection have no "Service" in their names.
const connection = 'SystemForCrossDomainIdentityManagement'

/** The codes of the provisioning log (howto-analyze-provisioning-logs) that this client uses. */
export const codes = {
  incompatible: `${scim}Incompatible`,
  incompatibleFiltering: `${scim}IncompatibleFiltering`,
  invalidCredentials: `${scim}InvalidCredentials`,
  credentialValidationUnavailable: `${connection}CredentialValidationUnavailable`,
  entryConflict: 'EntryConflict',
  invalidAnchor: 'InvalidAnchor',
  duplicateTargetEntries: 'DuplicateTargetEntries',
  duplicateSourceEntries: 'DuplicateSourceEntries',
  synchronizationSkipped: 'EntrySynchronizationSkipped',
  notEffectivelyEntitled: 'NotEffectivelyEntitled',
  mandatoryFieldsMissing: 'MandatoryFieldsMissing',
  redundantExport: 'RedundantExport',
  unresolvedReference: 'UnresolvedReference',
  internalServerError: 'InternalServerError',
  protocolError: 'WebExceptionProtocolError',
  timeout: 'Timeout',
  methodNotAllowed: 'MethodNotAllowed',
  unprocessable: 'UnprocessableEntity',
  notImplemented: 'NotImplemented',
  tooManyRequests: 'TooManyRequests',
} as const

const adviceByCode: Readonly<Record<string, string>> = {
  [codes.incompatible]: 'Check the quoted response, then correct the target or the attribute mapping.',
  [codes.incompatibleFiltering]: 'Make the target return only the resources that match the filter.',
  [codes.invalidCredentials]: 'Update the token or client secret of the job, then restart it.',
  [codes.credentialValidationUnavailable]: 'Check the URL of the token endpoint, and that it is reachable.',
  [codes.entryConflict]:
    'Another object in the target has the same unique value. Remove it, or match by that attribute.',
  [codes.invalidAnchor]:
    'Another client deleted the object from the target. Restart and clear the links to create it again.',
  [codes.duplicateTargetEntries]: 'Remove all but one of the matching objects from the target.',
  [codes.duplicateSourceEntries]: 'Make the matching attribute unique in the directory.',
  [codes.mandatoryFieldsMissing]: 'Set the attribute in the directory, or change its mapping.',
  [codes.unresolvedReference]: 'None. The reference is written once its object is in the target.',
  [codes.tooManyRequests]: 'Allow at least 25 requests per second in the target.',
}

export const adviceFor = (code: string): string =>
  adviceByCode[code] ?? 'Check that the target is reachable and working. The service retries automatically.'
