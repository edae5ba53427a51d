/** One thing that was to be so. */
export type Check = {
  readonly what: string
  readonly outcome: 'holds' | 'fails' | 'unseen'
  /** Why it fails, or can't be seen. */
  readonly why?: string
}

export const verdict = (what: string, why: string | undefined): Check =>
  why === undefined ? { what, outcome: 'holds' } : { what, outcome: 'fails', why }
