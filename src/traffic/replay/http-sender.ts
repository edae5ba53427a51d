import { request } from 'undici'
import type { SendRequest } from './comparison.ts'

export type SenderOptions = {
  readonly url: string
  readonly token?: string
  /** Sent with each request, in the place of recorded ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly timeout: number
}

/** Headers of one connection or of proxies (RFC 9110 §7.6.1), and the encodings of responses, which are read as text. */
const omitted =
  /^(connection|keep-alive|host|content-length|transfer-encoding|te|trailer|upgrade|expect|accept-encoding|forwarded|x-forwarded-.*|proxy-.*)$/i

const maxResponseBytes = 16 * 1024 * 1024

/**
 * Sends requests to a SCIM service over HTTP, with this token. `fetch` would add headers of its own, and rejects a GET with a
 * body.
 */
export function createSender({ url, token, headers: own = {}, timeout }: SenderOptions): SendRequest {
  const base = url.replace(/\/+$/, '')
  return async ({ method, path, headers, body }) => {
    const sent = mergeHeaders(
      body === undefined ? {} : { 'content-type': 'application/scim+json' },
      Object.fromEntries(Object.entries(headers).filter(([name]) => !omitted.test(name))),
      token === undefined ? {} : { authorization: `Bearer ${token}` },
      own,
    )
    try {
      const response = await request(base + path, {
        method,
        headers: sent,
        signal: AbortSignal.timeout(timeout),
        ...(body !== undefined && { body }),
      })
      return {
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
        ),
        body: await readText(response.body),
      }
    } catch (error) {
      throw new Error(reasonOf(error, timeout), { cause: error })
    }
  }
}

/** Later headers replace earlier ones of the same name, in any case. */
function mergeHeaders(...all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged = new Map<string, readonly [name: string, value: string]>()
  for (const [name, value] of all.flatMap(headers => Object.entries(headers)))
    merged.set(name.toLowerCase(), [name, value])
  return Object.fromEntries(merged.values())
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    // Ending the loop closes the connection.
    if (size > maxResponseBytes) throw new Error('The response is larger than 16 MiB.')
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `No response within ${timeout / 1000} seconds.`
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
