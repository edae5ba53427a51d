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
import { compact } from '../scim/json.ts'
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
  /** How many characters are stored of the response to a list or search; by default, as many as of others. */
  readonly maxListBody?: number
  /** How much is stored of the body of a request; by default, as of that of a response. */
  readonly requestLimits?: BodyLimits
}

/** Characters of a body. */
export type BodyLimits = {
  readonly stored: number
  /** Read beyond `stored`, so that a secret across the cut is recognized as a whole. */
  readonly margin: number
}

/** The journal stores at most 64 Ki characters of a body. The margin is longer than any token with all its characters escaped. */
const usualLimits: BodyLimits = { stored: 64 * 1024, margin: 32 * 1024 }

/** What a request to an AWS API names in its headers. */
type AwsNames = Pick<Exchange, 'apiOperation' | 'accessKey' | 'region'>

type ExchangeTexts = OperationFacts &
  Pick<Exchange, 'url' | 'action' | 'target'> &
  AwsNames &
  Readonly<Record<'request' | 'response', Message>>

/** All texts of an exchange without secrets. Removes secrets by their names first, then their values elsewhere. */
export function redactExchange(
  { intent, target, caller }: Described,
  wire: WireExchange,
  { maskFor, isCredential, summarizeBody, maxListBody, requestLimits = usualLimits }: Redaction,
): ExchangeTexts {
  const { tenant, aws } = caller
  const mask = maskFor(tenant?.profile.schema.resourceTypes)
  const isList = intent.kind === 'list' || intent.kind === 'search'
  const responseLimits =
    isList && maxListBody !== undefined ? { ...usualLimits, stored: maxListBody } : usualLimits
  const maskMessage = (
    { headers, body, cutFrom }: WireMessage<unknown>,
    limits: BodyLimits,
    summarize?: (body: string) => string,
  ): Message => ({
    headers: mask.headers(headers),
    ...(body !== undefined &&
      body !== '' &&
      (summarize
        ? beginningOf(summarize(body), body, limits)
        : maskText(body, headers['content-type'], limits))),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  const maskText = (body: string, contentType: unknown, limits: BodyLimits) => {
    if (!isForm(contentType, body)) return beginningOf(maskBody(body, limits), body, limits)
    const beginning = beginningOfForm(body, limits)
    return beginningOf(mask.form(beginning), body, limits, beginning.length < body.length)
  }
  const maskBody = (body: string, { stored, margin }: BodyLimits): string => {
    if (body.length <= maxMaskedBody) return mask.body(body)
    const beginning = body.slice(0, stored + margin)
    return mask.body(beginning) === beginning ? beginning : mask.body(body)
  }
  const description = describeRequest(intent.kind === 'token' ? intent : (rejection(caller) ?? intent))
  const texts = {
    ...description,
    url: mask.url(wire.url),
    action: mask.summary(description.action),
    ...(target && { target }),
    ...(aws && namesOf(aws)),
    request: maskMessage(wire.request, requestLimits, summarizeBody),
    response: maskMessage(wire.response, responseLimits),
  }
  const redactor = redactorFor(caller, wire.credentials, strayCredentials(caller, wire, isCredential))
  const redacted = redactor.mayContainSecret(allOf(texts))
    ? redactTexts(texts, redactor, requestLimits, responseLimits)
    : texts
  return {
    ...redacted,
    request: truncateBody(redacted.request, requestLimits),
    response: truncateBody(redacted.response, responseLimits),
  }
}

const namesOf = ({ apiOperation, accessKey, region }: AwsNames): AwsNames =>
  compact({ apiOperation, accessKey, region })

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

/**
 * Of a longer body, only the beginning is masked if it contains no name of a secret. Only responses are that long: in
 * them, a name precedes its value.
 */
const maxMaskedBody = 1024 * 1024

/** The stored part of a body and a margin, so that a secret across the cut is still whole. */
const beginningOf = (
  masked: string,
  received: string,
  { stored, margin }: BodyLimits,
  isCut = false,
): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= stored && !isCut
    ? { body: masked }
    : { body: masked.slice(0, stored + margin), cutFrom: Buffer.byteLength(received) }

/** Parameters are masked one by one, so those behind the stored part do not matter. None is cut. */
function beginningOfForm(form: string, { stored, margin }: BodyLimits = usualLimits): string {
  const longest = stored + margin
  // The recorder may have cut a form at this length.
  if (form.length < longest) return form
  const end = form.lastIndexOf('&', longest)
  return form.slice(0, end < 0 ? longest : end)
}

/** Each parameter may be a credential. Those beyond the maximum number are masked by their names only. */
export function credentialsInForm(contentType: unknown, body = ''): readonly Secret[] {
  if (typeof contentType !== 'string' || /json/i.test(contentType) || !isForm(contentType, body)) return []
  return longestFirst(fromParameters(beginningOfForm(body)), maxCredentials)
}

const truncateBody = ({ body, ...message }: Message, { stored }: BodyLimits): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, stored) }

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
function allOf(exchange: ExchangeTexts): readonly string[] {
  const { url, action, target, request, response, apiOperation, accessKey, region } = exchange
  const texts = [`${url}\n${action}\n${target?.id}\n${target?.label}`]
  if (accessKey !== undefined || apiOperation !== undefined) {
    texts.push(`${apiOperation}\n${accessKey}\n${region}`)
  }
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
  { url, action, target, request, response, apiOperation, accessKey, region, ...facts }: ExchangeTexts,
  { redact, redactUrl }: Redactor,
  requestLimits: BodyLimits,
  responseLimits: BodyLimits,
): ExchangeTexts {
  // The margin is removed first, since placeholders shorten the text and its end may hold a part of a secret.
  const fromBody = (body: string, { stored, margin }: BodyLimits) =>
    redact(body).slice(0, body.length < stored + margin ? undefined : -margin)
  const redactMessage = ({ headers, body, cutFrom }: Message, limits: BodyLimits): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redact(name), redact(value)]),
    ),
    ...(body !== undefined && { body: fromBody(body, limits) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  const redactName = (name: string | undefined) => (name === undefined ? undefined : redact(name))
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
    ...compact({
      apiOperation: redactName(apiOperation),
      accessKey: redactName(accessKey),
      region: redactName(region),
    }),
    request: redactMessage(request, requestLimits),
    response: redactMessage(response, responseLimits),
  }
}
