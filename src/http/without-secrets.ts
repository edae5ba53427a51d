import { longestFirst, ownTokens } from '../journal/credentials.ts'
import { describe } from '../journal/describe.ts'
import type { Exchange, Message } from '../journal/exchange.ts'
import type { MaskFor } from '../journal/mask.ts'
import { strayTokens } from '../journal/stray-tokens.ts'
import { createHide, type Hide, type Secret } from '../secrets/hide.ts'
import type { ExchangeState } from './exchange-state.ts'

/** What went over the wire, with all its secrets. */
export type Wire = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly microseconds: number
  readonly remoteAddress: string
  /** What the client presented as credentials. */
  readonly presented: readonly Secret[]
  readonly request: Spoken<unknown>
  readonly response: Spoken<string>
}
type Spoken<Value> = { readonly headers: Readonly<Record<string, Value>>; readonly body: string | undefined }

/** What it takes to tell secrets from everything else. */
export type Masking = {
  readonly maskFor: MaskFor
  /** Whether a text is an access token of any tenant, or was one. */
  readonly isToken: (text: string) => boolean
}

type Texts = Pick<Exchange, 'url' | 'action' | 'target'> & Readonly<Record<'request' | 'response', Message>>

/** All texts of an exchange without secrets: by their names first, then by the values that turn up elsewhere. */
export function withoutSecrets(state: ExchangeState, wire: Wire, { maskFor, isToken }: Masking): Texts {
  const { tenant, refusal, intent, target } = state
  const mask = maskFor(tenant?.profile.resourceTypes)
  const spoken = ({ headers, body }: Spoken<unknown>): Message => ({
    headers: mask.headers(headers),
    ...(body !== undefined && body !== '' && beginningOf(mask.body(body), body)),
  })
  const words = describe(refusal ? { kind: 'refused', refusal } : (intent ?? { kind: 'broken-request' }))
  const texts = {
    url: mask.url(wire.url),
    action: mask.words(words),
    ...(target && { target }),
    request: spoken(wire.request),
    response: spoken(wire.response),
  }
  const hide = createHide(longestFirst([...wire.presented, ...strayIn(state, wire, isToken)]), ownTokens)
  const shown = hide.isNeeded(allOf(texts)) ? hidden(texts, hide) : texts
  return { ...shown, request: kept(shown.request), response: kept(shown.response) }
}

/** Bodies are kept up to so many characters; what is beyond is cut off, and the cut noted. */
const keptLength = 64 * 1024
/** More than the longest token takes with all its characters escaped. */
const margin = 32 * 1024

/** What is kept of a body and a margin, so that a secret across the cut is still whole; the rest needs no looking at. */
const beginningOf = (masked: string, received: string): Pick<Message, 'body' | 'cutFrom'> =>
  masked.length <= keptLength
    ? { body: masked }
    : { body: masked.slice(0, keptLength + margin), cutFrom: Buffer.byteLength(received) }

const kept = ({ body, ...message }: Message): Message =>
  body === undefined ? message : { ...message, body: body.slice(0, keptLength) }

/**
 * Looked for in requests that were refused, or needed no token: tokens in wrong places get there instead of the right
 * one, and what a client was let write is what it wanted to have stored.
 */
const strayIn = ({ token }: ExchangeState, { status, url, request }: Wire, isToken: Masking['isToken']) =>
  token !== undefined && status < 400
    ? []
    : strayTokens({ url, headers: request.headers, body: request.body }, isToken)

/** In as few texts as there can be, for this is asked of every request. */
const allOf = ({ url, action, target, request, response }: Texts): readonly (string | undefined)[] => [
  `${url}\n${action}\n${target?.id}\n${target?.label}`,
  inOne(request.headers) + inOne(response.headers),
  request.body,
  response.body,
]

function inOne(headers: Message['headers']): string {
  let text = ''
  for (const name in headers) text += `\n${name}\n${headers[name]}`
  return text
}

function hidden({ url, action, target, request, response }: Texts, hide: Hide): Texts {
  const { from } = hide
  // The margin goes before what was hidden lets it move up: a secret may have been cut at its end.
  const fromBody = (body: string) =>
    from(body).slice(0, body.length < keptLength + margin ? undefined : -margin)
  const spoken = ({ headers, body, cutFrom }: Message): Message => ({
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [from(name), from(value)])),
    ...(body !== undefined && { body: fromBody(body) }),
    ...(cutFrom !== undefined && { cutFrom }),
  })
  return {
    url: hide.fromUrl(url),
    action: from(action),
    ...(target && {
      target: {
        ...target,
        ...(target.id !== undefined && { id: from(target.id) }),
        ...(target.label !== undefined && { label: from(target.label) }),
      },
    }),
    request: spoken(request),
    response: spoken(response),
  }
}
