import type { Identity, IdentityDetail, IdentityStatus, Member } from '../../domain/contract/identities.ts'
import type { ConsoleClient } from './console.ts'
import { checkMemberOptions } from './options.ts'

export type DirectoryOptions = {
  /** `existing` (default): `active` and `disabled` ones, which SCIM returns. `any`: also deleted ones. */
  readonly status?: IdentityStatus | 'existing' | 'any'
}

/** A group with its members, which AWS does not return over SCIM. */
export type GroupWithMembers = Omit<IdentityDetail, 'members'> & { readonly members: readonly Member[] }

const statuses: readonly string[] = [
  'existing',
  'any',
  'active',
  'disabled',
  'retained',
  'removed',
] satisfies readonly DirectoryOptions['status'][]

/** Returned in the order of their creation. */
export async function readUsers(
  console: ConsoleClient,
  tenant: string,
  options: DirectoryOptions,
): Promise<readonly IdentityDetail[]> {
  const isWanted = readStatus('users', options)
  const found = await readPages(cursor =>
    console.call('GET /tenants/:tenant/users', { params: { tenant }, query: { limit: pageSize, cursor } }),
  )
  return Promise.all(
    found
      .filter(isWanted)
      .reverse()
      .map(({ id }) => console.call('GET /tenants/:tenant/users/:id', { params: { tenant, id } })),
  )
}

/** Returned in the order of their creation. */
export async function readGroups(
  console: ConsoleClient,
  tenant: string,
  options: DirectoryOptions,
): Promise<readonly GroupWithMembers[]> {
  const isWanted = readStatus('groups', options)
  const found = await readPages(cursor =>
    console.call('GET /tenants/:tenant/groups', { params: { tenant }, query: { limit: pageSize, cursor } }),
  )
  return Promise.all(
    found
      .filter(isWanted)
      .reverse()
      .map(async ({ id }) => {
        const params = { tenant, id }
        const group = await console.call('GET /tenants/:tenant/groups/:id', { params })
        const members = await readPages(cursor =>
          console.call('GET /tenants/:tenant/groups/:id/members', {
            params,
            query: { limit: pageSize, cursor },
          }),
        )
        return { ...group, members }
      }),
  )
}

const pageSize = 200

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string | undefined }

async function readPages<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

/** Throws a TypeError. */
function readStatus(member: string, options: DirectoryOptions): (identity: Identity) => boolean {
  checkMemberOptions(member, options, { names: ['status'], call: `${member}({ status: 'retained' })` })
  const { status = 'existing' } = options
  if (!statuses.includes(status)) {
    throw new TypeError(`${member}: status must be one of ${statuses.join(', ')}.`)
  }
  switch (status) {
    case 'any':
      return () => true
    case 'existing':
      return identity => identity.status === 'active' || identity.status === 'disabled'
    default:
      return identity => identity.status === status
  }
}
