import { compact } from '../../scim/json.ts'
import { createRedactor, type Redactor, type Secret } from '../../scim/redaction/redactor.ts'
import type { Credential } from '../tenants/credential.ts'
import {
  findCredentials,
  fromParameters,
  isForm,
  longestFirst,
  maxCredentials,
  tokenPatterns,
} from './credentials.ts'
import type { Exchange, Message } from './exchange.ts'
import { type Mask, maskOf } from './masking.ts'
import type { Recorded, RecordedMessage } from './record-layout.ts'

/** How much of a body is stored. A secret across the end is recognized as a whole by the margin behind it. */
export type BodyLimits = Pick<RecordedMessage, 'limit' | 'margin'>

/** The journal stores at most 64 Ki characters of a body. The margin is longer than any token with all its characters escaped. */
export const usualLimits: BodyLimits = { limit: 64 * 1024, margin: 32 * 1024 }

type ExchangeTexts = Pick<
  Exchange,
  'url' | 'action' | 'target' | 'apiOperation' | 'accessKey' | 'region' | 'request' | 'response'
>

export function redactRecorded(recorded: Recorded, redactorFor: RedactorFor = newRedactor): Exchange {
  const { tokenId, credential, faultId } = recorded
  const { targetType, targetId, targetLabel, apiOperation, accessKey, region } = recorded
  const mask = maskOf(recorded.secretNames)
  const request = readMessage(recorded.request)
  const response = readMessage(recorded.response)
  const masked: ExchangeTexts = {
    url: mask.url(recorded.url),
    action: mask.summary(recorded.action),
    ...(targetType !== undefined && {
      target: { type: targetType, ...compact({ id: targetId, label: targetLabel }) },
    }),
    ...(accessKey !== undefined && { accessKey }),
    ...(apiOperation !== undefined && { apiOperation }),
    ...(region !== undefined && { region }),
    request: maskMessage(request, mask),
    response: maskMessage(response, mask),
  }
  const redactor = redactorFor(secretsOf(recorded, request))
  const { target, ...texts } = redactor.mayContainSecret(allOf(masked))
    ? redactTexts(masked, redactor, recorded)
    : masked
  return {
    id: recorded.id,
    at: recorded.at,
    tenantTime: recorded.tenantTime,
    microseconds: recorded.microseconds,
    method: recorded.method,
    status: recorded.status,
    operation: recorded.operation,
    ...compact({
      parent: recorded.parent,
      enabled: recorded.enabled,
      results: recorded.results,
      membersAdded: recorded.membersAdded,
      membersRemoved: recorded.membersRemoved,
      bulkOperations: recorded.bulkOperations,
      tenant: recorded.tenant,
      profile: recorded.profile,
      token: tokenId === undefined ? undefined : { id: tokenId, ending: recorded.tokenEnding ?? '' },
      credential: credential === undefined ? undefined : (JSON.parse(credential) as Credential),
      refusal: recorded.refusal,
      api: recorded.api,
      target,
      rule: recorded.rule,
      replayOf: recorded.replayOf,
      fault: faultId === undefined ? undefined : { id: faultId, summary: recorded.faultSummary ?? '' },
      remoteAddress: recorded.remoteAddress,
    }),
    ...(recorded.unauthenticated && { unauthenticated: true }),
    ...texts,
    request: truncateBody(texts.request, recorded.request),
    response: truncateBody(texts.response, recorded.response),
  }
}

type ReadMessage = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly recorded: RecordedMessage
}

function readMessage(recorded: RecordedMessage): ReadMessage {
  const { headers: list, body } = recorded
  const headers: Record<string, string> = {}
  for (let at = 0; at < list.length; at += 2) headers[list[at] ?? ''] = list[at + 1] ?? ''
  return { headers, body: typeof body === 'object' ? body.toString('utf8') : body, recorded }
}

function secretsOf(
  { parent, url, secrets: given }: Recorded,
  { headers, body, recorded: { isMasked } }: ReadMessage,
): readonly Secret[] {
  const secrets: Secret[] = []
  if (parent === undefined) {
    secrets.push(...findCredentials(url, headers))
    if (!isMasked) secrets.push(...credentialsInForm(headers['content-type'], body))
  }
  for (let at = 0; at < given.length; at += 2) {
    secrets.push({ text: given[at] ?? '', placeholder: given[at + 1] ?? '' })
  }
  return longestFirst(secrets)
}

function maskMessage({ headers, body, recorded }: ReadMessage, mask: Mask): Message {
  const { cutFrom, isMasked } = recorded
  return {
    headers: mask.headers(headers),
    ...(body !== undefined &&
      body !== '' &&
      (isMasked ? { body } : maskBody(body, headers['content-type'], recorded, mask))),
    ...(cutFrom !== undefined && { cutFrom }),
  }
}

export function maskBody(
  body: string,
  contentType: string | undefined,
  limits: BodyLimits,
  mask: Mask,
): Pick<Message, 'body' | 'cutFrom'> {
  if (!isForm(contentType, body)) return beginningOf(maskJson(body, limits, mask), body, limits)
  const beginning = beginningOfForm(body, limits)
  return beginningOf(mask.form(beginning), body, limits, beginning.length < body.length)
}

/** Characters. Only responses are longer; in them a name precedes its value, so the rest is not masked. */
const maxMaskedBody = 1024 * 1024

function maskJson(body: string, { limit, margin }: BodyLimits, mask: Mask): string {
  if (body.length <= maxMaskedBody) return mask.body(body)
  const beginning = body.slice(0, limit + margin)
  return mask.body(beginning) === beginning ? beginning : mask.body(body)
}

export const beginningOf = (
  masked: string,
  received: string,
  { limit, margin }: BodyLimits,
  isCut = false,
): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= limit && !isCut
    ? { body: masked }
    : { body: masked.slice(0, limit + margin), cutFrom: Buffer.byteLength(received) }

/** Parameters are masked one by one, so those behind the stored part do not matter. None is cut. */
function beginningOfForm(form: string, { limit, margin }: BodyLimits = usualLimits): string {
  const longest = limit + margin
  if (form.length < longest) return form
  const end = form.lastIndexOf('&', longest)
  return form.slice(0, end < 0 ? longest : end)
}

/** Each parameter may be a credential. Those beyond the maximum number are masked by their names only. */
export function credentialsInForm(contentType: unknown, body = ''): readonly Secret[] {
  if (typeof contentType !== 'string' || /json/i.test(contentType) || !isForm(contentType, body)) return []
  return longestFirst(fromParameters(beginningOfForm(body)), maxCredentials)
}

const truncateBody = ({ body, ...message }: Message, { limit }: BodyLimits): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, limit) }

export type RedactorFor = (secrets: readonly Secret[]) => Redactor

const newRedactor: RedactorFor = secrets => createRedactor(secrets, tokenPatterns)

/** Most successive requests come from one client. The redactor contains secrets and must not outlive them. */
export function keepRedactor(): RedactorFor {
  let last: { readonly key: string; readonly redactor: Redactor } | undefined
  return secrets => {
    const key = JSON.stringify(secrets)
    if (last?.key !== key) last = { key, redactor: newRedactor(secrets) }
    return last.redactor
  }
}

function allOf({ url, action, target, request, response, ...names }: ExchangeTexts): readonly string[] {
  const { apiOperation, accessKey, region } = names
  let short = `${url}\n${action}\n${target?.id}\n${target?.label}\n${apiOperation}\n${accessKey}\n${region}`
  for (const { headers } of [request, response]) {
    for (const name in headers) short += `\n${name}\n${headers[name]}`
  }
  return [short, request.body ?? '', response.body ?? '']
}

function redactTexts(
  { url, action, target, request, response, ...names }: ExchangeTexts,
  { redact, redactUrl }: Redactor,
  limits: Readonly<Record<'request' | 'response', BodyLimits>>,
): ExchangeTexts {
  // The margin is removed first, since placeholders shorten the text and its end may hold a part of a secret.
  const fromBody = (body: string, { limit, margin }: BodyLimits) =>
    redact(body).slice(0, body.length < limit + margin ? undefined : -margin)
  const redactMessage = ({ headers, body, cutFrom }: Message, kept: BodyLimits): Message => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [redact(name), redact(value)]),
    ),
    ...(body !== undefined && { body: fromBody(body, kept) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  const redactAll = <Texts extends Readonly<Record<string, string>>>(texts: Texts): Texts =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, redact(text)])) as Texts
  return {
    url: redactUrl(url),
    action: redact(action),
    ...(target && { target: { ...target, ...redactAll(compact({ id: target.id, label: target.label })) } }),
    ...redactAll(compact(names)),
    request: redactMessage(request, limits.request),
    response: redactMessage(response, limits.response),
  }
}
