import type { Exchange } from '../client/exchange.ts'

/** `#12 POST https://…/Users → 201 Created in 12 ms`; as it came, for the report to escape. */
export function exchangeLine({ number, method, url, response, failure, milliseconds }: Exchange): string {
  const came = response
    ? `${response.status} ${response.statusText}`.trim()
    : `no answer${failure === undefined ? '' : ` (${failure})`}`
  return `#${number} ${method} ${url} → ${came} in ${Math.round(milliseconds)} ms`
}

/** The whole exchange as it went over the wire, but for its framing. */
export function exchangeText(exchange: Exchange, most: number): string {
  const { method, url, request, response, failure } = exchange
  return [
    `${method} ${url}`,
    ...messageLines(request, most),
    '',
    ...(response
      ? [`${response.status} ${response.statusText}`.trim(), ...messageLines(response, most)]
      : [`No answer: ${failure ?? 'the connection ended'}`]),
  ].join('\n')
}

/** Headers and body of one side. */
export function messageLines(message: Exchange['request'], most: number): readonly string[] {
  const headers = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`)
  return message.body === '' ? headers : [...headers, '', bodyText(message, most)]
}

/** JSON indented, anything else as it came; cut with a note that it was. */
export function bodyText({ body, bytes, cut }: Exchange['request'], most: number): string {
  const whole = cut ? body : indented(body)
  if (!cut && whole.length <= most) return whole
  return `${whole.slice(0, most)}\n… (cut; ${bytes} bytes in all)`
}

/** Compact JSON indented. What wouldn't read the same when it is written again, such as a long number, stays as it came. */
function indented(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    return JSON.stringify(value) === body.trim() ? JSON.stringify(value, undefined, 2) : body
  } catch {
    return body
  }
}
