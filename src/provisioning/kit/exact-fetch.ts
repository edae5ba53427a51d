import { Agent as HttpAgent, type IncomingMessage, request as sendHttp } from 'node:http'
import { Agent as HttpsAgent, request as sendHttps } from 'node:https'
import { pipeline } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'

/** Global `fetch` adds headers of its own; this one sends the given ones in their order. One connection at a time. */
export function exactFetch(last: Readonly<Record<string, string>>): typeof globalThis.fetch {
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: 1 }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: 1 }),
  }
  return async (input, { method = 'GET', headers, body, signal } = {}) => {
    const url = new URL(String(input))
    const text = typeof body === 'string' ? body : undefined
    const options = {
      method,
      headers: wholeHeaders(headers as Record<string, string>, url, text, last),
      ...(signal && { signal }),
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? sendHttps(url, { ...options, agent: agents.https }, resolve)
          : sendHttp(url, { ...options, agent: agents.http }, resolve)
      sent.on('error', error => reject(signal?.aborted ? signal.reason : error))
      sent.end(text)
    })
    return toResponse(response, signal)
  }
}

const wholeHeaders = (
  headers: Readonly<Record<string, string>>,
  url: URL,
  text: string | undefined,
  last: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.entries({
    ...headers,
    ...(text !== undefined && { 'Content-Length': String(Buffer.byteLength(text)) }),
    Host: url.host,
    ...last,
  }).flat()

/** RFC 9110 §6.4.1: such a response has no content. */
const isWithoutContent = (status: number) => status === 204 || status === 205 || status === 304

function toResponse(message: IncomingMessage, signal: AbortSignal | null | undefined): Response {
  const { statusCode: status = 0, headers } = message
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  if (isWithoutContent(status)) message.resume()
  const body = isWithoutContent(status) ? null : ReadableStream.from(chunksOf(message, signal))
  return new Response(body, { status, headers: kept })
}

/** The decompressed body. A time-out rejects with the signal's reason. */
async function* chunksOf(
  message: IncomingMessage,
  signal: AbortSignal | null | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decoded(message)
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}

function decoded(message: IncomingMessage): AsyncIterable<Uint8Array> {
  const encoding = message.headers['content-encoding']?.toLowerCase()
  if (encoding !== 'gzip' && encoding !== 'deflate') return message
  // An error of the source ends the decoder with it.
  return pipeline(message, encoding === 'gzip' ? createGunzip() : createInflate(), () => {})
}
