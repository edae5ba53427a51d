import type { TestServer } from '../../src/index.ts'

type Identity = {
  readonly id: string
  readonly status: string
  readonly label: string
  readonly groups: readonly { readonly display?: string }[]
  readonly deleted?: { readonly at: string }
  readonly predecessor?: string
  readonly document?: { readonly [name: string]: unknown }
}

/** The state of the tenant as the server reports it, over SCIM and the console API. */
export type Witness = {
  /** Status and body of `GET` below the tenant's SCIM root. */
  scim(path: string): Promise<{ readonly status: number; readonly body: { readonly totalResults?: number } }>
  /** The records with a name, newest first, including deleted ones. */
  records(kind: 'users' | 'groups', label: string): Promise<readonly Identity[]>
  /** Names and status of all users or groups, in alphabetical order. */
  statuses(kind: 'users' | 'groups'): Promise<Readonly<Record<string, string>>>
  /** Names of the members of a group, in alphabetical order. */
  members(group: string): Promise<readonly string[]>
  /** The history of a user or group, oldest first: `created`, `modified`, `added to Network Operators`. */
  history(kind: 'users' | 'groups', id: string): Promise<readonly string[]>
  stale(): Promise<Readonly<Record<string, readonly string[]>>>
  purge(id: string): Promise<void>
  /** Methods and paths of the requests since the last call. */
  newRequests(): Promise<readonly string[]>
  advanceClock(milliseconds: number): Promise<void>
}

type Page<Item> = { readonly items: readonly Item[] }
type HistoryEntry =
  | { readonly kind: 'revision'; readonly action: string }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly group: { readonly display?: string }
      readonly member: { readonly display?: string }
    }

export function witnessOf(server: TestServer, tenant: string): Witness {
  const callApi = async <Body>(method: string, path: string, body?: object): Promise<Body> => {
    const response = await fetch(`${server.console}/api/v1${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} returned ${response.status}: ${await response.text()}`)
    return (await response.json()) as Body
  }
  const base = `/tenants/${tenant}`
  const all = async (kind: string) =>
    (await callApi<Page<Identity>>('GET', `${base}/${kind}?limit=200`)).items
  const seen = new Set<string>()

  const records: Witness['records'] = async (kind, label) => {
    const found = (await all(kind)).filter(each => each.label === label)
    return Promise.all(found.map(({ id }) => callApi<Identity>('GET', `${base}/${kind}/${id}`)))
  }
  return {
    async scim(path) {
      const response = await fetch(server.url + path, {
        headers: { authorization: `Bearer ${server.token}` },
      })
      return { status: response.status, body: (await response.json()) as { totalResults?: number } }
    },
    records,
    async statuses(kind) {
      const labels = (await all(kind)).map(({ label, status }) => [label, status] as const)
      return Object.fromEntries(labels.sort(([one], [other]) => one.localeCompare(other)))
    },
    async members(group) {
      const [record] = await records('groups', group)
      if (!record) return []
      const path = `${base}/groups/${record.id}/members?limit=200`
      const { items } = await callApi<Page<{ readonly id: string; readonly display?: string }>>('GET', path)
      return items.map(({ id, display }) => display ?? id).sort()
    },
    async history(kind, id) {
      const { items } = await callApi<Page<HistoryEntry>>('GET', `${base}/${kind}/${id}/history?limit=200`)
      return items.map(formatEntry).reverse()
    },
    async stale() {
      const { items } = await callApi<Page<Identity & { readonly reasons: readonly string[] }>>(
        'GET',
        `${base}/stale`,
      )
      return Object.fromEntries(items.map(({ label, reasons }) => [label, reasons]))
    },
    async purge(id) {
      await callApi('POST', `${base}/stale/purge`, { ids: [id] })
    },
    async newRequests() {
      const { items } = await callApi<Page<Exchange>>('GET', `/exchanges?tenant=${tenant}&limit=200`)
      const fresh = items.filter(({ id }) => !seen.has(id)).reverse()
      for (const { id } of fresh) seen.add(id)
      return fresh.map(({ method, url }) => `${method} ${url}`)
    },
    async advanceClock(milliseconds) {
      await callApi('PUT', `${base}/clock`, { advance: `${milliseconds / 1000}s` })
    },
  }
}

type Exchange = { readonly id: string; readonly method: string; readonly url: string }

const formatEntry = (entry: HistoryEntry): string =>
  entry.kind === 'revision'
    ? entry.action
    : `${entry.event} ${entry.event === 'added' ? 'to' : 'from'} ${entry.group.display}`
