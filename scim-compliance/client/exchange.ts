import type { Mask, MaskHeaders } from './secrets.ts'

/** A request, and what came of it; secrets masked, bodies cut where they are long. */
export type Exchange = {
  /** Counts from 1. */
  readonly number: number
  readonly method: string
  readonly url: string
  /** ISO, with milliseconds. */
  readonly started: string
  readonly milliseconds: number
  readonly request: RecordedMessage
  /** Missing when none came. */
  readonly response?: RecordedMessage & { readonly status: number; readonly statusText: string }
  /** Why none came. */
  readonly failure?: string
}

export type RecordedMessage = {
  /** Names in lower case, but for the request's as they were given. */
  readonly headers: Readonly<Record<string, string>>
  /** At most `bodyLimit` bytes of it. */
  readonly body: string
  /** Of the whole body. */
  readonly bytes: number
  readonly cut: boolean
}

export const bodyLimit = 64 * 1024

export type Unmasked = {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type ExchangeRecorder = {
  readonly exchanges: readonly Exchange[]
  /** Keeps an exchange, and answers its number. */
  readonly add: (exchange: {
    readonly method: string
    readonly url: string
    readonly started: Date
    readonly milliseconds: number
    readonly request: Unmasked
    readonly response?: Unmasked & { readonly status: number; readonly statusText: string }
    readonly failure?: string
  }) => number
}

/** What all bodies of a run may take together; what comes after that is kept only in its beginning. */
const budget = 128 * 1024 * 1024
const beginning = 2 * 1024

export function createExchangeRecorder(mask: Mask, maskHeaders: MaskHeaders): ExchangeRecorder {
  const exchanges: Exchange[] = []
  let kept = 0
  const recorded = ({ headers, body }: Unmasked): RecordedMessage => {
    const most = kept < budget ? bodyLimit : beginning
    // Masked before it is cut, or a secret across the cut would stay in part.
    const text = mask(body.toString('utf8'))
    const cut = text.length > most
    kept += Math.min(text.length, most)
    return {
      headers: maskHeaders(headers),
      body: cut ? text.slice(0, most) : text,
      bytes: body.length,
      cut,
    }
  }
  return {
    exchanges,
    add: ({ method, url, started, milliseconds, request, response, failure }) => {
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
            ...recorded(response),
          },
        }),
        ...(failure !== undefined && { failure: mask(failure) }),
      })
      return number
    },
  }
}
