/** What went wrong with one object, in the words of the provisioning log. */
export type Failure = {
  readonly code: string
  /** The text that an administrator reads; the body that the target sent stands in it as it came. */
  readonly reason: string
  /** The whole job is in doubt, and not just this object: credentials, or an endpoint that isn't SCIM. */
  readonly mayConcernJob?: true
  /** The target may have carried out the request: no response arrived, it failed with 5xx, or its 2xx is unreadable. */
  readonly unknownOutcome?: true
}

const scim = 'SystemForCrossDomainIdentityManagementService'

/** Codes of the provisioning log (howto-analyze-provisioning-logs) that this client gives. */
export const codes = {
  incompatible: `${scim}Incompatible`,
  incompatibleFiltering: `${scim}IncompatibleFiltering`,
  invalidCredentials: `${scim}InvalidCredentials`,
  entryConflict: 'EntryConflict',
  invalidAnchor: 'InvalidAnchor',
  duplicateTargetEntries: 'DuplicateTargetEntries',
  duplicateSourceEntries: 'DuplicateSourceEntries',
  synchronizationSkipped: 'EntrySynchronizationSkipped',
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
  [codes.incompatible]:
    'Look at the response that is quoted, and correct the target or the attribute mapping.',
  [codes.incompatibleFiltering]:
    'Make the target answer a filter with the resources that match it, and nothing else.',
  [codes.invalidCredentials]: 'Give the job a token that the target accepts, and restart it.',
  [codes.entryConflict]:
    'Another object of the target has a value that has to be unique. Remove it, or match by that attribute.',
  [codes.invalidAnchor]:
    'The object was removed from the target behind the service. Restart with its links cleared to create it again.',
  [codes.duplicateTargetEntries]: 'Remove all but one of the matching objects from the target.',
  [codes.duplicateSourceEntries]:
    'Give each object of the directory its own value of the matching attribute.',
  [codes.mandatoryFieldsMissing]: 'Fill the attribute in the directory, or map another one to it.',
  [codes.unresolvedReference]: 'Nothing; it is written once the object it points to is in the target.',
  [codes.tooManyRequests]: 'Let the target allow 25 requests a second.',
}

export const adviceFor = (code: string): string =>
  adviceByCode[code] ?? 'See whether the target works and can be reached; the service tries again by itself.'
