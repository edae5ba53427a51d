import { findCredentials, longestFirst, mark, tokenPatterns } from '../journal/credentials.ts'
import { createMask } from '../journal/masking.ts'
import { createRedactor, type Redactor } from '../redaction/redactor.ts'
import type { Captured, CapturedMessage } from './captured.ts'

/** The attributes of the RFCs that are never returned (RFC 7643 §7). */
const mask = createMask(['password'])

/**
 * Masks passwords and credentials in captured requests, as the journal does: a HAR file of a proxy has them in clear. A
 * credential of one request is removed from all others, too.
 */
export function maskSecrets(captured: readonly Captured[]): readonly Captured[] {
  const secrets = captured.flatMap(({ url, request }) => findCredentials(url, request.headers))
  const redactor = createRedactor(longestFirst(secrets.map(withoutEnding)), patterns)
  return captured.map(one => ({
    ...one,
    url: redactor.redactUrl(mask.url(one.url)).replace(shownToken, `=${mark}`),
    request: maskMessage(one.request, redactor),
    response: { ...maskMessage(one.response, redactor), status: one.response.status },
  }))
}

// The journal shows the ending of a token to its own administrator. A recording is for everybody.
const withoutEnding = ({ text }: { readonly text: string }) => ({ text, placeholder: mark })
const patterns = tokenPatterns.map(pattern => ({ ...pattern, placeholderFor: () => mark }))
const shownToken = new RegExp(`=${encodeURIComponent('…')}[^&#]*`, 'g')

const maskMessage = (message: CapturedMessage, { redact }: Redactor): CapturedMessage => ({
  ...message,
  headers: Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, maskHeaderValue(name, value, redact)]),
  ),
  ...(message.body !== undefined && { body: redact(mask.body(message.body)) }),
})

/** `Bearer ***`: a missing or unusual scheme is a trait of a client, so it is kept. */
function maskHeaderValue(name: string, value: string, redact: Redactor['redact']): string {
  if (name.toLowerCase() === 'authorization') {
    const [, scheme] = /^([A-Za-z][\w-]*)\s+\S/.exec(value) ?? []
    return scheme === undefined ? mark : `${scheme} ${mark}`
  }
  return redact(mask.headers({ [name]: value })[name] ?? value)
}
