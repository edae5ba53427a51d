import type { Place } from '../../domain/ports/resources.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { Reads } from './connect.ts'
import { canStore, postgresDialect } from './dialect.ts'
import { createSharedRead } from './shared-reads.ts'
import { prepared } from './statement.ts'

export const storedColumns =
  'r.key, r.id, r.type, r.document, r.label, r.version, r.era, r.created, r.last_modified as "lastModified"'

/**
 * Joins a resource `r` to a place `x`. Without statistics, the planner would choose the index by type and read all resources
 * of it, so the condition for the type is one that no index has.
 */
export const atPlace = 'r.tenant = x.tenant and r.id = x.id and (r.type = x.type) is true'

/** Look-ups of one turn of the event loop share a statement. */
export function createStoredResources(reads: Reads) {
  const withId = createSharedRead<StoredResource>(
    reads,
    prepared(`
      select x.nth, ${storedColumns}
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality x (tenant, type, id, nth)
        join resources r on ${atPlace}`),
  )
  const secretsOf = createSharedRead<{ readonly secrets: string | null }>(
    reads,
    prepared(`
      select x.nth, r.secrets
      from unnest($1::bigint[], $2::text[], $3::text[]) with ordinality x (tenant, type, id, nth)
        join resources r on ${atPlace}`),
  )
  const withKey = createSharedRead<StoredResource>(
    reads,
    prepared(`
      select x.nth, ${storedColumns}
      from unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
          with ordinality x (tenant, type, attribute, value, nth)
        join keys k on k.tenant = x.tenant and k.type = x.type and k.attribute = x.attribute and k.value = x.value
        join resources r on r.tenant = k.tenant and r.key = k.resource`),
  )
  const withKeys = prepared(`
    select ${storedColumns} from unnest($2::bigint[]) with ordinality x (key, nth)
      join resources r on r.tenant = $1 and r.key = x.key
    order by x.nth`)

  const find = async ({ tenant, type, id }: Place): Promise<StoredResource | undefined> =>
    canStore(id) ? withId(tenant, type, id) : undefined

  return {
    find,
    secrets: async ({ tenant, type, id }: Place): Promise<string | undefined> =>
      canStore(id) ? ((await secretsOf(tenant, type, id))?.secrets ?? undefined) : undefined,
    withKey: async (
      tenant: number,
      type: string,
      attribute: string,
      value: string,
    ): Promise<StoredResource | undefined> =>
      canStore(value) ? withKey(tenant, type, attribute, postgresDialect.indexEntry(value)) : undefined,
    withKeys: (tenant: number, keys: readonly number[]): Promise<readonly StoredResource[]> =>
      reads.query<StoredResource>(withKeys, [tenant, keys]),
  }
}

export type StoredResources = ReturnType<typeof createStoredResources>
