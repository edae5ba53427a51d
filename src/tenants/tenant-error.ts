/** What an operator asked for and can't have; `message` says why and how to mend it. */
export class TenantError extends Error {
  readonly reason: 'taken' | 'invalid' | 'limit'
  constructor(reason: 'taken' | 'invalid' | 'limit', message: string) {
    super(message)
    this.name = 'TenantError'
    this.reason = reason
  }
}
