import { excerpt } from './text.ts'

/** The `scimType` values of RFC 7644 table 9 and of RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount'

/** Why a request was rejected. Profiles word their responses by it: more precise than a status, more stable than a text. */
export type ErrorReason =
  | ScimType
  | 'invalidJson'
  | 'missingPath'
  | 'unauthorized'
  | 'forbidden'
  | 'noSuchResource'
  | 'noSuchMember'
  | 'noSuchEndpoint'
  | 'methodNotAllowed'
  | 'payloadTooLarge'
  | 'unresolvedBulkId'
  | 'unsupportedMediaType'
  | 'preconditionFailed'
  | 'preconditionRequired'
  | 'throttled'
  | 'unavailable'
  | 'brokenRequest'
  | 'quotaExceeded'
  | 'notImplemented'
  | 'ruleBroken'
  | 'internal'

type ErrorExtras = {
  readonly scimType?: ScimType | undefined
  readonly rule?: string | undefined
  readonly type?: string | undefined
  readonly attribute?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly challenge?: ChallengeError | undefined
}

/** RFC 6750 §3.1: why a bearer token is not sufficient, in `WWW-Authenticate`. */
type ChallengeError = 'invalid_token' | 'insufficient_scope'

export class ScimError extends Error {
  readonly status: number
  readonly reason: ErrorReason
  readonly scimType: ScimType | undefined
  readonly rule: string | undefined
  readonly type: string | undefined
  readonly attribute: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly challenge: ChallengeError | undefined

  constructor(status: number, reason: ErrorReason, detail: string, extras: ErrorExtras = {}) {
    super(detail)
    this.name = 'ScimError'
    this.status = status
    this.reason = reason
    this.scimType = extras.scimType
    this.rule = extras.rule
    this.type = extras.type
    this.attribute = extras.attribute
    this.headers = extras.headers ?? {}
    this.challenge = extras.challenge
  }

  get detail(): string {
    return this.message
  }

  withDetail(detail: string): ScimError {
    return detail === this.detail ? this : new ScimError(this.status, this.reason, detail, this)
  }
}

const badRequest =
  (scimType: ScimType) =>
  (detail: string): ScimError =>
    new ScimError(400, scimType, detail, { scimType })

/** An HTTP protocol error. The start of the next request is uncertain, so the connection is closed. */
const protocolError = (status: number, detail: string): ScimError =>
  new ScimError(status, 'brokenRequest', detail, { headers: { Connection: 'close' } })

/** All errors of requests (RFC 7644 §3.12). */
export const errors = {
  invalidFilter: badRequest('invalidFilter'),
  invalidSyntax: badRequest('invalidSyntax'),
  invalidPath: badRequest('invalidPath'),
  invalidValue: badRequest('invalidValue'),
  noTarget: badRequest('noTarget'),
  mutability: badRequest('mutability'),
  tooMany: badRequest('tooMany'),
  invalidCursor: badRequest('invalidCursor'),
  expiredCursor: badRequest('expiredCursor'),
  invalidCount: badRequest('invalidCount'),
  invalidJson: (detail: string) => new ScimError(400, 'invalidJson', detail, { scimType: 'invalidSyntax' }),
  missingPath: (detail: string) => new ScimError(400, 'missingPath', detail, { scimType: 'noTarget' }),
  uniqueness: (attribute: string, type: string) =>
    new ScimError(409, 'uniqueness', `Another ${type} already has this ${attribute}.`, {
      scimType: 'uniqueness',
      type,
      attribute,
    }),
  noSuchResource: (type: string, id: string) =>
    new ScimError(404, 'noSuchResource', `There is no ${type} with the id "${excerpt(id)}".`, { type }),
  noSuchMember: (type: string, id: string) =>
    new ScimError(400, 'noSuchMember', `The member "${excerpt(id)}" is not the id of a ${type}.`, {
      scimType: 'invalidValue',
      type,
    }),
  noSuchEndpoint: (detail: string) => new ScimError(404, 'noSuchEndpoint', detail),
  methodNotAllowed: (method: string, place: string, allowed: readonly string[]) =>
    new ScimError(
      405,
      'methodNotAllowed',
      `${method} is not offered at ${place}. Use ${allowed.join(' or ')}.`,
      {
        headers: { Allow: allowed.join(', ') },
      },
    ),
  unauthorized: (detail: string, challenge?: ChallengeError) =>
    new ScimError(401, 'unauthorized', detail, { challenge }),
  forbidden: (detail: string, challenge?: ChallengeError) =>
    new ScimError(403, 'forbidden', detail, { challenge }),
  payloadTooLarge: (bytes: number) =>
    new ScimError(413, 'payloadTooLarge', `The body exceeds the maximum of ${bytes} bytes.`),
  tooManyOperations: (found: number, most: number) =>
    new ScimError(
      413,
      'payloadTooLarge',
      `The request has ${found} operations, but "maxOperations" is ${most}. Send the others in further requests.`,
    ),
  tooManySecrets: (found: number, most: number) =>
    new ScimError(
      413,
      'payloadTooLarge',
      `The request sets ${found} secrets such as passwords; the maximum is ${most}, because hashing them is slow. Send the others in further requests.`,
      { scimType: 'tooMany' },
    ),
  unresolvedBulkId: (detail: string) => new ScimError(409, 'unresolvedBulkId', detail),
  unsupportedMediaType: (found: string) =>
    new ScimError(
      415,
      'unsupportedMediaType',
      `The body is sent as "${excerpt(found)}". Send it as application/scim+json or application/json.`,
    ),
  // RFC 9110 §15.5.16: the response lists the supported encodings.
  unsupportedEncoding: (found: string) =>
    new ScimError(
      415,
      'unsupportedMediaType',
      `The body has the encoding "${excerpt(found)}". Send it without "Content-Encoding".`,
      { headers: { 'Accept-Encoding': 'identity' } },
    ),
  headersTooLarge: () =>
    new ScimError(431, 'brokenRequest', 'The URL and the headers together exceed 16 KiB.'),
  timedOut: () => new ScimError(408, 'brokenRequest', 'The request was not complete in time.'),
  notHttp: () =>
    new ScimError(
      400,
      'brokenRequest',
      'The request is not HTTP. Does the client use https:// on an http:// port?',
    ),
  malformedHttp: (reason: string) =>
    new ScimError(400, 'brokenRequest', `The request is malformed HTTP: ${excerpt(reason)}.`),
  hostMissing: () =>
    protocolError(400, 'An HTTP/1.1 request needs a "Host" header with the name of the server.'),
  unmetExpectation: (found: string) =>
    protocolError(
      417,
      `"Expect: ${excerpt(found)}" is not supported. Send "100-continue" or omit the header.`,
    ),
  unknownCoding: (found: string) =>
    protocolError(
      501,
      `"Transfer-Encoding: ${excerpt(found)}" is not supported. Send "chunked", or a "Content-Length" instead.`,
    ),
  unknownMethod: (method: string) =>
    protocolError(
      501,
      `The method "${excerpt(method)}" is not supported. SCIM uses GET, POST, PUT, PATCH and DELETE.`,
    ),
  preconditionFailed: (detail: string) => new ScimError(412, 'preconditionFailed', detail),
  preconditionRequired: (method: string) =>
    new ScimError(
      428,
      'preconditionRequired',
      `${method} requires "If-Match": send the resource's "meta.version", or "*" for any version.`,
    ),
  throttled: (detail: string) => new ScimError(429, 'throttled', detail),
  tooBusy: (detail: string) => new ScimError(429, 'throttled', detail, { headers: { 'Retry-After': '1' } }),
  unavailable: () =>
    new ScimError(503, 'unavailable', 'The directory is unavailable at present. Retry in a moment.', {
      headers: { 'Retry-After': '1' },
    }),
  /** A 401 would make provisioning services give up on a client that did nothing wrong. */
  keysUnreachable: () =>
    new ScimError(
      503,
      'unavailable',
      'The access token cannot be verified at present, because the keys of its issuer are unreachable. Retry in a moment.',
      { headers: { 'Retry-After': '30' } },
    ),
  quotaExceeded: (detail: string) => new ScimError(400, 'quotaExceeded', detail),
  notImplemented: (detail: string) => new ScimError(501, 'notImplemented', detail),
  ruleBroken: (rule: string, detail: string, status = 400, scimType: ScimType = 'invalidValue') =>
    new ScimError(status, 'ruleBroken', detail, { rule, ...(status === 400 && { scimType }) }),
  internal: () =>
    new ScimError(
      500,
      'internal',
      "An internal error occurred. The server's log has details under the same request ID.",
    ),
} as const
