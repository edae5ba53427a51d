import type { Mask, MaskHeaders } from './secrets.ts'

/** A request and its response; secrets are masked and long bodies truncated. */
export type Exchange = {
  /** Starts at 1. */
  readonly number: number
  readonly method: string
  readonly url: string
  /** ISO 8601, with milliseconds. */
  readonly started: string
  readonly milliseconds: number
  readonly request: RecordedMessage
  /** Omitted if none was received. */
  readonly response?: RecordedMessage & { readonly status: number; readonly statusText: string }
  readonly failure?: string
}

export type RecordedMessage = {
  /** Names in lower case, except in requests, where they are as given. */
  readonly headers: Readonly<Record<string, string>>
  /** The first `bodyLimit` bytes. */
  readonly body: string
  /** The size of the whole body. */
  readonly bytes: number
  readonly cut: boolean
}

const bodyLimit = 64 * 1024

export type Unmasked = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }

export type RawResponse = Unmasked & { readonly status: number; readonly statusText: string }

type UnmaskedExchange = Omit<Exchange, 'number' | 'started' | 'request' | 'response'> & {
  readonly started: Date
  readonly request: Unmasked
  readonly response?: RawResponse
  /** The response to a success contains a token that the mask doesn't know. */
  readonly isSecret?: boolean
}

const withheld = Buffer.from('(Withheld: it may contain a token.)')

/** The memory limit for all bodies of a run; later bodies are truncated more. */
const budget = 128 * 1024 * 1024
const beginning = 2 * 1024

export function createExchangeRecorder(mask: Mask, maskHeaders: MaskHeaders) {
  const exchanges: Exchange[] = []
  let kept = 0
  const recorded = ({ headers, body }: Unmasked): RecordedMessage => {
    const most = kept < budget ? bodyLimit : beginning
    // Masked before it is truncated, since a secret at the end would otherwise remain in part.
    const text = mask(body.toString('utf8'))
    const cut = text.length > most
    kept += Math.min(text.length, most)
    return { headers: maskHeaders(headers), body: cut ? text.slice(0, most) : text, bytes: body.length, cut }
  }
  return {
    exchanges,
    /** Records an exchange, and returns its number. */
    add: (exchange: UnmaskedExchange) => {
      const { method, url, started, milliseconds, request, response, failure, isSecret } = exchange
      const number = exchanges.length + 1
      exchanges.push({
        number,
        method,
        url: mask(url),
        started: started.toISOString(),
        milliseconds: Math.round(milliseconds * 10) / 10,
        request: recorded(request),
        ...(response && {
          response: {
            status: response.status,
            statusText: mask(response.statusText),
            ...recorded(isSecret && response.status < 300 ? { ...response, body: withheld } : response),
          },
        }),
        ...(failure !== undefined && { failure: mask(failure) }),
      })
      return number
    },
  }
}
