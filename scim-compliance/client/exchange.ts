/** A request, and what came of it; secrets masked, bodies cut where they are long. */
export type Exchange = {
  /** Counts from 1. */
  readonly number: number
  readonly method: string
  readonly url: string
  /** ISO, with milliseconds. */
  readonly started: string
  readonly milliseconds: number
  readonly request: Recorded
  /** Missing when none came. */
  readonly response?: Recorded & { readonly status: number; readonly statusText: string }
  /** Why none came. */
  readonly failure?: string
}

export type Recorded = {
  /** Names in lower case, but for the request's as they were given. */
  readonly headers: Readonly<Record<string, string>>
  /** At most `bodyLimit` bytes of it. */
  readonly body: string
  /** Of the whole body. */
  readonly bytes: number
  readonly cut: boolean
}

export const bodyLimit = 64 * 1024
