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

/** Why a request was refused, for those who word answers: finer than a status, steadier than a text. */
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
  | 'brokenRequest'
  | 'quotaExceeded'
  | 'notImplemented'
  | 'ruleBroken'
  | 'internal'

export type ErrorExtras = {
  readonly scimType?: ScimType | undefined
  /** The id of the profile's rule that was broken. */
  readonly rule?: string | undefined
  /** The type of the resource that is missing, for `noSuchResource` and `noSuchMember`. */
  readonly type?: string | undefined
  /** Response headers that belong to the error, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A client's mistake, thrown from wherever it is noticed and worded once, at the edge. */
export class ScimError extends Error {
  readonly status: number
  readonly reason: ErrorReason
  readonly scimType: ScimType | undefined
  readonly rule: string | undefined
  readonly type: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, reason: ErrorReason, detail: string, extras: ErrorExtras = {}) {
    super(detail)
    this.name = 'ScimError'
    this.status = status
    this.reason = reason
    this.scimType = extras.scimType
    this.rule = extras.rule
    this.type = extras.type
    this.headers = extras.headers ?? {}
  }

  get detail(): string {
    return this.message
  }

  /** The same mistake in other words. */
  withDetail(detail: string): ScimError {
    return detail === this.detail ? this : new ScimError(this.status, this.reason, detail, this)
  }
}

const badRequest =
  (scimType: ScimType) =>
  (detail: string): ScimError =>
    new ScimError(400, scimType, detail, { scimType })

/** What HTTP itself rejects. Where the next request would begin is uncertain, so the connection ends. */
const protocolError = (status: number, detail: string): ScimError =>
  new ScimError(status, 'brokenRequest', detail, { headers: { Connection: 'close' } })

/** RFC 7644 §3.12: all that can be wrong with a request. */
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
  unauthorized: (detail: string) => new ScimError(401, 'unauthorized', detail),
  forbidden: (detail: string) => new ScimError(403, 'forbidden', detail),
  payloadTooLarge: (bytes: number) =>
    new ScimError(413, 'payloadTooLarge', `The body is larger than the ${bytes} bytes that are accepted.`),
  tooManyOperations: (found: number, most: number) =>
    new ScimError(
      413,
      'payloadTooLarge',
      `The request has ${found} operations, and "maxOperations" is ${most}. Send the others in further requests.`,
    ),
  tooManySecrets: (found: number, most: number) =>
    new ScimError(
      413,
      'payloadTooLarge',
      `The request sets ${found} secrets such as passwords, and at most ${most} are accepted, for each takes long to hash. Send the others in further requests.`,
      { scimType: 'tooMany' },
    ),
  unresolvedBulkId: (detail: string) => new ScimError(409, 'unresolvedBulkId', detail),
  unsupportedMediaType: (found: string) =>
    new ScimError(
      415,
      'unsupportedMediaType',
      `The body is sent as "${excerpt(found)}". Send it as application/scim+json or application/json.`,
    ),
  // RFC 9110 §15.5.16 has the answer say which encodings are taken.
  unsupportedEncoding: (found: string) =>
    new ScimError(
      415,
      'unsupportedMediaType',
      `The body is encoded as "${excerpt(found)}". Send it as it is, without "Content-Encoding".`,
      { headers: { 'Accept-Encoding': 'identity' } },
    ),
  headersTooLarge: () =>
    new ScimError(
      431,
      'brokenRequest',
      'The URL and the headers together are larger than the 16 KiB that are read.',
    ),
  timedOut: () => new ScimError(408, 'brokenRequest', 'The request did not arrive whole in time.'),
  notHttp: () =>
    new ScimError(400, 'brokenRequest', 'The request is not HTTP. Is TLS spoken to a port without it?'),
  malformedHttp: (reason: string) =>
    new ScimError(400, 'brokenRequest', `The request is malformed HTTP: ${excerpt(reason)}.`),
  hostMissing: () =>
    protocolError(400, 'An HTTP/1.1 request needs a "Host" header. Send the name of the server in it.'),
  unmetExpectation: (found: string) =>
    protocolError(
      417,
      `"Expect: ${excerpt(found)}" is not supported. Send "100-continue", or leave the header out.`,
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
      `${method} has to say which version it means: send "If-Match" with the resource's "meta.version", or "*" for any.`,
    ),
  throttled: (detail: string) => new ScimError(429, 'throttled', detail),
  tooBusy: (detail: string) => new ScimError(429, 'throttled', detail, { headers: { 'Retry-After': '1' } }),
  quotaExceeded: (detail: string) => new ScimError(400, 'quotaExceeded', detail),
  notImplemented: (detail: string) => new ScimError(501, 'notImplemented', detail),
  ruleBroken: (rule: string, detail: string, status = 400, scimType: ScimType = 'invalidValue') =>
    new ScimError(status, 'ruleBroken', detail, { rule, ...(status === 400 && { scimType }) }),
  internal: () =>
    new ScimError(
      500,
      'internal',
      'The server failed on this request. Its log says why, under the same request id.',
    ),
} as const

/** A client's text, short enough to be read back to it. */
export const excerpt = (text: string, length = 80): string =>
  text.length <= length ? text : `${text.slice(0, length)}…`
