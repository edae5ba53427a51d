export type Token = {
  readonly id: string
  readonly ending: string
  readonly access: 'full' | 'read'
  readonly created: string
  readonly expires: string
  readonly expired: boolean
  readonly expiresInDays: number
  readonly warning?: string
  readonly lastUsed?: string
  readonly uses: number
}

/** A new token, with the text that is shown this once. */
export type IssuedToken = Token & { readonly text: string }
