import type { SendRequest } from './comparison.ts'

export type SenderOptions = {
  /** The base URL of the SCIM service. */
  readonly url: string
  readonly token?: string
  /** Sent with each request, in the place of recorded ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds to wait for a response. */
  readonly timeout: number
}

/** Headers of one connection (RFC 9110 §7.6.1). */
const ofConnection = /^(connection|keep-alive|host|content-length|transfer-encoding|expect)$/i

const maxResponseBytes = 16 * 1024 * 1024

/** Sends requests to a SCIM service over HTTP, with this token. */
export function createSender({ url, token, headers: own = {}, timeout }: SenderOptions): SendRequest {
  const base = url.replace(/\/+$/, '')
  return async ({ method, path, headers, body }) => {
    const sent = new Headers(body === undefined ? {} : { 'content-type': 'application/scim+json' })
    for (const [name, value] of Object.entries(headers)) if (!ofConnection.test(name)) sent.set(name, value)
    if (token !== undefined) sent.set('authorization', `Bearer ${token}`)
    for (const [name, value] of Object.entries(own)) sent.set(name, value)
    try {
      const response = await fetch(base + path, {
        method,
        headers: sent,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
        ...(body !== undefined && { body }),
      })
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await readText(response),
      }
    } catch (error) {
      throw new Error(reasonOf(error, timeout), { cause: error })
    }
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    // Ending the loop cancels the body, and with it the request.
    if (size > maxResponseBytes) throw new Error('The response is larger than 16 MiB.')
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/** `fetch` rejects with "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `No response within ${timeout / 1000} seconds.`
  const { cause } = error
  const reason = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined
  return reason ?? error.message
}
