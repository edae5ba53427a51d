import { LRUCache } from 'lru-cache'
import {
  fromParameters,
  isForm,
  longestFirst,
  maxCredentials,
  tokenPatterns,
} from '../journal/credentials.ts'
import type { Intent } from '../journal/description.ts'
import { describeRequest } from '../journal/description.ts'
import type { Exchange, Message } from '../journal/exchange.ts'
import type { MaskFor } from '../journal/masking.ts'
import type { OperationFacts } from '../journal/operation.ts'
import type { SignatureRefusal } from '../journal/signature-refusal.ts'
import { findStrayTokens } from '../journal/stray-tokens.ts'
import { createRedactor, type Redactor, type Secret } from '../redaction/redactor.ts'
import { clientOfCredential } from '../tenants/credential.ts'
import type { Refusal, TokenRefusal } from '../tenants/tenant.ts'
import type { Completed } from './outcome.ts'
import type { Caller } from './request.ts'

/** A request as the journal describes it. */
export type Described = Pick<Completed, 'intent' | 'target' | 'rule' | 'caller'>

/** A request and its response as transmitted, including secrets. */
export type WireExchange = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly microseconds: number
  readonly remoteAddress: string
  /** What the client presented as credentials. */
  readonly credentials: readonly Secret[]
  readonly request: WireMessage<unknown>
  readonly response: WireMessage<string>
}
type WireMessage<Value> = {
  readonly headers: Readonly<Record<string, Value>>
  readonly body: string | undefined
  /** The length of the whole body in bytes, if `body` is only its beginning. */
  readonly cutFrom?: number
}

/** How secrets are recognized. */
export type Redaction = {
  readonly maskFor: MaskFor
  /** Whether a text is or was an access token or a client secret of any tenant. */
  readonly isCredential: (text: string) => boolean
  /** Returns what is stored of the body of a request, instead of the body with its secrets masked. */
  readonly summarizeBody?: (body: string) => string
}

type ExchangeTexts = OperationFacts &
  Pick<Exchange, 'url' | 'action' | 'target'> &
  Readonly<Record<'request' | 'response', Message>>

/** All texts of an exchange without secrets. Removes secrets by their names first, then their values elsewhere. */
export function redactExchange(
  { intent, target, caller }: Described,
  wire: WireExchange,
  { maskFor, isCredential, summarizeBody }: Redaction,
): ExchangeTexts {
  const { tenant } = caller
  const mask = maskFor(tenant?.profile.schema.resourceTypes)
  const maskMessage = (
    { headers, body, cutFrom }: WireMessage<unknown>,
    summarize?: (body: string) => string,
  ): Message => ({
    headers: mask.headers(headers),
    ...(body !== undefined &&
      body !== '' &&
      (summarize ? beginningOf(summarize(body), body) : maskText(body, headers['content-type']))),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  const maskText = (body: string, contentType: unknown) => {
    if (!isForm(contentType, body)) return beginningOf(maskBody(body), body)
    const beginning = beginningOfForm(body)
    return beginningOf(mask.form(beginning), body, beginning.length < body.length)
  }
  const maskBody = (body: string): string => {
    if (body.length <= maxMaskedBody) return mask.body(body)
    const beginning = body.slice(0, maxBodyLength + margin)
    return mask.body(beginning) === beginning ? beginning : mask.body(body)
  }
  const description = describeRequest(intent.kind === 'token' ? intent : (rejection(caller) ?? intent))
  const texts = {
    ...description,
    url: mask.url(wire.url),
    action: mask.summary(description.action),
    ...(target && { target }),
    request: maskMessage(wire.request, summarizeBody),
    response: maskMessage(wire.response),
  }
  const redactor = redactorFor(caller, wire.credentials, strayCredentials(caller, wire, isCredential))
  const redacted = redactor.mayContainSecret(allOf(texts)) ? redactTexts(texts, redactor) : texts
  return { ...redacted, request: truncateBody(redacted.request), response: truncateBody(redacted.response) }
}

/** Whether a token or an access key was presented and accepted. */
const isAuthenticated = ({ token, credential, aws, refusal }: Caller): boolean =>
  refusal === undefined && (token !== undefined || credential !== undefined || aws?.secret !== undefined)

/** The intent of a request whose token or signature was rejected. */
function rejection({ refusal, aws }: Caller): Intent | undefined {
  if (refusal === undefined) return undefined
  if (aws) {
    const reason = refusal as TokenRefusal | SignatureRefusal
    return { kind: 'rejected-key', refusal: reason, ...(aws.differs && { differs: aws.differs }) }
  }
  return { kind: 'rejected', refusal: refusal as Refusal }
}

/** The journal stores this many characters of a body. */
const maxBodyLength = 64 * 1024
/** Longer than any token with all its characters escaped. */
const margin = 32 * 1024
/** Characters of a form that are read for the journal. */
const maxFormLength = maxBodyLength + margin

/**
 * Of a longer body, only the beginning is masked if it contains no name of a secret. Only responses are that long: in
 * them, a name precedes its value.
 */
const maxMaskedBody = 1024 * 1024

/** The stored part of a body and a margin, so that a secret across the cut is still whole. */
const beginningOf = (masked: string, received: string, isCut = false): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= maxBodyLength && !isCut
    ? { body: masked }
    : { body: masked.slice(0, maxBodyLength + margin), cutFrom: Buffer.byteLength(received) }

/** Parameters are masked one by one, so those behind the stored part do not matter. None is cut. */
function beginningOfForm(form: string): string {
  if (form.length <= maxFormLength) return form
  const end = form.lastIndexOf('&', maxFormLength)
  return form.slice(0, end < 0 ? maxFormLength : end)
}

/** Each parameter may be a credential. Those beyond the maximum number are masked by their names only. */
export function credentialsInForm(contentType: unknown, body = ''): readonly Secret[] {
  if (typeof contentType !== 'string' || /json/i.test(contentType) || !isForm(contentType, body)) return []
  return longestFirst(fromParameters(beginningOfForm(body)), maxCredentials)
}

const truncateBody = ({ body, ...message }: Message): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, maxBodyLength) }

/**
 * Tokens and client secrets in wrong places. Only failed and unauthenticated requests are searched: the client sent the secret there
 * instead of where it belongs. What an authenticated client wrote successfully is data.
 */
const strayCredentials = (
  caller: Caller,
  { status, url, request }: WireExchange,
  isCredential: Redaction['isCredential'],
) =>
  isAuthenticated(caller) && status < 400
    ? []
    : findStrayTokens({ url, headers: request.headers, body: request.body }, isCredential)

/** The operations of a bulk request share its credentials. */
const redactorsOfRequests = new WeakMap<readonly Secret[], Redactor>()

function redactorOfRequest(credentials: readonly Secret[], create: () => Redactor): Redactor {
  const known = redactorsOfRequests.get(credentials)
  if (known) return known
  const redactor = create()
  redactorsOfRequests.set(credentials, redactor)
  return redactor
}

/** Of tokens in use. Making one takes longer than searching the texts of a request. */
const redactors = new LRUCache<string, { readonly text: string; readonly redactor: Redactor }>({ max: 100 })

function redactorFor(
  { token, credential }: Caller,
  credentials: readonly Secret[],
  stray: readonly Secret[],
): Redactor {
  const create = () => createRedactor(longestFirst([...credentials, ...stray]), tokenPatterns)
  if (stray.length > 0) return create()
  const [only] = credentials
  const client = token?.id ?? (credential && clientOfCredential(credential))
  if (client === undefined || !only || credentials.length > 1) return redactorOfRequest(credentials, create)
  const known = redactors.get(client)
  if (known?.text === only.text) return known.redactor
  const redactor = create()
  redactors.set(client, { text: only.text, redactor })
  return redactor
}

/** Characters. A longer text is not joined with others: copying it would take longer than another search. */
const maxJoined = 4096

/** Joined into few texts, since every request is searched. Only the escapes of URLs are common: their texts are decoded alone. */
function allOf({ url, action, target, request, response }: ExchangeTexts): readonly string[] {
  const texts = [`${url}\n${action}\n${target?.id}\n${target?.label}`]
  let joined = ''
  for (const { headers, body } of [request, response]) {
    joined += joinHeaders(headers)
    if (body === undefined) continue
    if (body.length > maxJoined) texts.push(body)
    else joined += `\n${body}`
  }
  texts.push(joined)
  return texts
}

function joinHeaders(headers: Message['headers']): string {
  let text = ''
  for (const name in headers) text += `\n${name}\n${headers[name]}`
  return text
}

function redactTexts(
  { url, action, target, request, response, ...facts }: ExchangeTexts,
  { redact, redactUrl }: Redactor,
): ExchangeTexts {
  // The margin is removed first, since placeholders shorten the text and its end may hold a part of a secret.
  const fromBody = (body: string) =>
    redact(body).slice(0, body.length < maxBodyLength + margin ? undefined : -margin)
  const redactMessage = ({ headers, body, cutFrom }: Message): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redact(name), redact(value)]),
    ),
    ...(body !== undefined && { body: fromBody(body) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  return {
    ...facts,
    url: redactUrl(url),
    action: redact(action),
    ...(target && {
      target: {
        ...target,
        ...(target.id !== undefined && { id: redact(target.id) }),
        ...(target.label !== undefined && { label: redact(target.label) }),
      },
    }),
    request: redactMessage(request),
    response: redactMessage(response),
  }
}
