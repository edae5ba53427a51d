/** What a resource's page needs to know to ask for its parts. */
export type Shown = {
  readonly tenant: string
  readonly list: 'users' | 'groups'
  readonly id: string
  readonly at: string | undefined
}
