import {
  findCredentials,
  fromParameters,
  isForm,
  longestFirst,
  mark,
  tokenPatterns,
} from '../../domain/journal/credentials.ts'
import { createMask, withheldBody } from '../../domain/journal/masking.ts'
import { createRedactor, type Redactor, type Secret } from '../../scim/redaction/redactor.ts'
import type { Captured, CapturedMessage } from './read-captured.ts'
import type { RecordedRequest } from './recording.ts'

/** The attributes of the RFCs that are never returned (RFC 7643 §7). */
const mask = createMask(['password'])

/** A HAR file of a proxy has credentials in clear. That of one request is removed from all others, too. */
export function maskSecrets(captured: readonly Captured[]): readonly Captured[] {
  const secrets = captured.flatMap(credentialsIn)
  const redactor = createRedactor(longestFirst(secrets.map(withoutEnding)), patterns)
  return captured.map(one => ({
    ...one,
    url: redactor.redactUrl(maskUrl(one.url)),
    request: maskMessage(one.request, redactor),
    response: { ...maskMessage(one.response, redactor), status: one.response.status },
  }))
}

const credentialsIn = ({ url, request, response }: Captured): readonly Secret[] => [
  ...findCredentials(url, request.headers),
  ...cookiesIn(request.headers),
  ...cookiesIn(response.headers),
  ...(isFormMessage(request) ? fromParameters(request.body ?? '') : []),
]

/** The values of cookies. A server may return that of a session in a body, too. */
const cookiesIn = (headers: CapturedMessage['headers']): readonly Secret[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    /^(set-)?cookie$/i.test(name)
      ? [...value.matchAll(/(?:^|[;,])\s*[^=;,\s]+=([^;,]+)/g)].map(([, text = '']) => ({
          text: text.trim(),
          placeholder: mark,
        }))
      : [],
  )

export const isFormMessage = ({ headers, body }: CapturedMessage): boolean =>
  body !== undefined &&
  isForm(Object.entries(headers).find(([name]) => /^content-type$/i.test(name))?.[1], body)

const maskUrl = (url: string): string => mask.url(url).replace(shownToken, `=${mark}`)

export function findClearSecret({
  path,
  headers = {},
  body,
  bodyText,
  response = { status: 0 },
}: RecordedRequest): string | undefined {
  const header = (message: Readonly<Record<string, string>>) =>
    Object.entries(message).find(
      ([name, value]) => value !== '' && maskHeaderValue(name, value, known.redact) !== value,
    )?.[0]
  const sent = header(headers)
  if (known.redactUrl(maskUrl(path)) !== path) return 'path'
  if (sent !== undefined) return `headers.${sent}`
  if (hasClearSecret(body, bodyText)) return body === undefined ? 'bodyText' : 'body'
  const received = header(response.headers ?? {})
  if (received !== undefined) return `response.headers.${received}`
  if (!hasClearSecret(response.body, response.bodyText)) return undefined
  return response.body === undefined ? 'response.bodyText' : 'response.body'
}

function hasClearSecret(body: RecordedRequest['body'], bodyText: string | undefined): boolean {
  const text = body === undefined ? bodyText : JSON.stringify(body)
  if (text === undefined || text === withheldBody) return false
  // A masked body is written without white space.
  const compacted = (some: string) => some.replace(/\s/g, '')
  return compacted(known.redact(mask.body(text))) !== compacted(text)
}

// The journal shows the ending of a token to its own administrator. A recording is for everybody.
const withoutEnding = ({ text }: { readonly text: string }) => ({ text, placeholder: mark })
const patterns = tokenPatterns.map(pattern => ({ ...pattern, placeholderFor: () => mark }))
const known = createRedactor([], patterns)
const shownToken = new RegExp(`=${encodeURIComponent('…')}[^&#]*`, 'g')

const maskMessage = (message: CapturedMessage, { redact }: Redactor): CapturedMessage => ({
  ...message,
  headers: Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, maskHeaderValue(name, value, redact)]),
  ),
  ...(message.body !== undefined && { body: redact(mask.body(message.body)) }),
})

/** `Bearer ***`: a missing or unusual scheme is a trait of a client, so it is kept. A longer word may be a credential. */
function maskHeaderValue(name: string, value: string, redact: Redactor['redact']): string {
  if (name.toLowerCase() === 'authorization') {
    const [, scheme] = /^([A-Za-z][\w-]{0,15})\s+\S/.exec(value) ?? []
    return scheme === undefined ? mark : `${scheme} ${mark}`
  }
  return redact((mask.headers({ [name]: value })[name] ?? value).replace(shownToken, `=${mark}`))
}
