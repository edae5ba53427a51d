/** A key of the AWS APIs, and what it signs a request for. */
export type Signing = {
  readonly key: 'full' | 'read' | 'deleted' | 'unknown' | 'wrong-secret'
  readonly service: 'identitystore' | 'sso' | 'sts'
}

/**
 * A request to a listener, with placeholders for ids that the server generates: a UUID that a response is `kept` under, which requests
 * then have in its place. It is sent as it is while no response has one.
 */
export type SentRequest = {
  /** Everything that is sent, each character a byte. */
  readonly bytes: string
  /** The placeholder for the id in the response. */
  readonly keep?: string
  /** Adds the headers of a signature. */
  readonly sign?: Signing
}

/** What is sent to a server, one after the other. */
export type Step =
  | {
      readonly to: 'scim' | 'aws'
      /** Several are sent at once, over one connection. */
      readonly requests: readonly SentRequest[]
      /** The client disconnects without a response: after this many bytes, or after all. */
      readonly disconnects?: number | 'behind'
    }
  | {
      readonly to: 'console'
      readonly method: string
      /** Below `/api/v1`. `{newest}` is the id of the newest exchange. */
      readonly path: string
      readonly body?: unknown
      /** The placeholder for the id in the response. */
      readonly keep?: string
    }

/** A placeholder. The name of the tenant and the number make it unique. */
export const placeholder = (kind: number, number: number): string =>
  `dddddddd-${String(kind).padStart(4, '0')}-4000-8000-${String(number).padStart(12, '0')}`

export type Header = string

type Request = {
  readonly method?: string
  readonly target: string
  /** `Name: value` */
  readonly headers?: readonly Header[]
  /** Text, or bytes as Latin-1 with `isBytes`. */
  readonly body?: string | Buffer
  readonly isChunked?: boolean
  readonly host?: string
}

/** The bytes of a request with a body of a known length, or in chunks. */
export function requestBytes({
  method = 'GET',
  target,
  headers = [],
  body,
  isChunked = false,
  host = 'scim.example',
}: Request): string {
  const payload = body === undefined ? undefined : Buffer.from(body).toString('latin1')
  const framing =
    payload === undefined
      ? []
      : [isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${payload.length}`]
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers, ...framing].join('\r\n')
  return `${head}\r\n\r\n${payload === undefined ? '' : isChunked ? inChunks(payload) : payload}`
}

function inChunks(payload: string): string {
  const middle = payload.length >> 1
  const parts = [payload.slice(0, middle), payload.slice(middle)].filter(part => part !== '')
  return `${parts.map(part => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`
}
