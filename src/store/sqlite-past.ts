import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Database } from '../database/sqlite.ts'
import type { Related } from '../scim/resource.ts'
import { fold } from '../scim/text.ts'
import type { Identity, IdentityQuery, Page, PageRequest } from './directory.ts'
import { pageOf, positionIn } from './page-of.ts'
import type { Past, Then } from './past.ts'
import { createOriginReader } from './sqlite-origin.ts'
import { createPastRelations } from './sqlite-past-relations.ts'
import { createVersionFinder, type PastVersion } from './sqlite-past-versions.ts'
import { namesOf } from './sqlite-resources.ts'

/** One that may have existed then, with what hasn't changed since. */
type Candidate = {
  readonly key: number
  readonly id: string
  readonly label: string
  readonly display: string
  readonly created: number
  readonly predecessor: string | null
  readonly seen: number
  /** The last version of one that exists; null for one that doesn't any more. */
  readonly version: number | null
  readonly enabled: number | null
}
type Asked = { tenant: number; type: string; at: number; before: number; limit: number }

/** So many are looked at before requests are let through. */
const lookedAtOnce = 1000

const columns = 'x.key, x.id, x.label, x.display, x.created, x.predecessor, coalesce(s.at, 0) as seen'
const withSightings = 'left join sightings s on s.key = x.key'
const living = `
  select ${columns}, x.version, x.enabled from resources x ${withSightings} where x.created <= @at`
const departed = `
  select ${columns}, null as version, null as enabled from departed x ${withSightings} where x.created <= @at and x.deleted_at > @at`

/** Reads the directory as it was, out of its versions and membership events. */
export function createPast(db: Database): Past {
  const versionAt = createVersionFinder(db)
  const originOf = createOriginReader(db)
  const relations = createPastRelations(db, versionAt)
  // Each source in the order of an index, whose last column is the key.
  const sources = [
    living,
    ...['retained', 'removed', 'purged'].map(state => `${departed} and x.state = '${state}'`),
  ]
  const pages = sources.map(source =>
    db.prepare<[Asked], Candidate>(`
      ${source} and x.tenant = @tenant and x.type = @type and x.key < @before order by x.key desc limit @limit`),
  )
  const withId = [living, departed].map(source =>
    db.prepare<[{ tenant: number; type: string; at: number; id: string }], Candidate>(
      `${source} and x.tenant = @tenant and x.type = @type and x.id = @id`,
    ),
  )

  const candidatesBelow = (asked: Asked): readonly Candidate[] =>
    pages
      .flatMap(page => page.all(asked))
      .sort((one, other) => other.key - one.key)
      .slice(0, asked.limit)

  const candidate = (tenant: number, type: string, id: string, { at }: Then): Candidate | undefined =>
    withId.flatMap(source => source.all({ tenant, type, at, id }))[0]

  /** Without its groups and its origin. Undefined when it didn't exist. */
  const asItWas = (type: string, row: Candidate, then: Then): Identity | undefined => {
    const version = versionAt(row.key, then.at)
    if (!version) return undefined
    const { label, display, enabled } = calledThen(type, row, version, then)
    return {
      key: row.key,
      type,
      id: row.id,
      status: enabled ? 'active' : 'disabled',
      label,
      display,
      document: version.document,
      versions: version.version,
      firstSeen: row.created,
      lastWritten: version.at,
      // Only the last sighting is known.
      lastSeen: row.seen <= then.at ? Math.max(row.seen, version.at) : version.at,
      groups: [],
      ...(row.predecessor !== null && { predecessor: row.predecessor }),
    }
  }

  const whole = (identity: Identity, then: Then): Identity => ({
    ...identity,
    ...originOf(identity.key),
    groups: relations.groups(identity.key, then),
  })

  const identities = async (
    tenant: number,
    type: string,
    then: Then,
    query: IdentityQuery,
  ): Promise<Page<Identity>> => {
    const { limit } = query
    const found: Identity[] = []
    let before = positionIn(query.cursor)
    for (;;) {
      const rows = candidatesBelow({ tenant, type, at: then.at, before, limit: lookedAtOnce })
      for (const row of rows) {
        const identity = found.length > limit ? undefined : asItWas(type, row, then)
        if (identity && fits(identity, query)) found.push(identity)
      }
      const last = rows.at(-1)
      if (!last || rows.length < lookedAtOnce || found.length > limit) break
      before = last.key
      await nextTurn()
    }
    const { items, ...rest } = pageOf(found, limit, ({ key }) => key)
    return { items: items.map(identity => whole(identity, then)), ...rest }
  }

  return {
    identities,
    identity: async (tenant, type, id, then) => {
      const row = candidate(tenant, type, id, then)
      const identity = row && asItWas(type, row, then)
      return identity && whole(identity, then)
    },
    members: async (tenant, type, id, then, page: PageRequest): Promise<Page<Related> | undefined> => {
      const group = candidate(tenant, type, id, then)
      return group && versionAt(group.key, then.at) && relations.members(group.key, then, page)
    },
  }
}

/** Reading documents is most of the work of a search, and few have changed since. */
function calledThen(type: string, row: Candidate, { version, document }: PastVersion, { read }: Then) {
  const { label, display } = row
  if (row.version === version) return { label, display, enabled: row.enabled === 1 }
  return read(type, document) ?? { label, display, enabled: true }
}

const fits = (identity: Identity, { status, text }: IdentityQuery): boolean =>
  (status === undefined || identity.status === status) &&
  (text === undefined || namesOf(identity).includes(fold(text)))
