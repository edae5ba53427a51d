import type { Place } from '../../domain/ports/resources.ts'
import type { StoredResource, StoredWithSecrets } from '../../scim/resource.ts'
import type { Database } from './database.ts'

/** The columns of `StoredResource`, with the alias `r`. */
export const storedColumns =
  'r.key, r.id, r.type, r.document, r.label, r.version, r.era, r.created, r.last_modified as lastModified'

/** `StoredResource` with `isMember`, which takes a fifth of the time of another statement. */
export const columnsWithIsMember = `${storedColumns}, exists (select 1 from memberships m where m.member_key = r.key) as isMember`

/** Finds resources by id. */
export function createStoredResources(db: Database) {
  const findResource = db.prepare<[number, string, string], StoredResource>(
    `select ${storedColumns} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const findAndLookForGroups = db.prepare<[number, string, string], StoredResource>(
    `select ${columnsWithIsMember} from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  const findWithSecrets = db.prepare<[number, string, string], StoredWithSecrets>(
    `select ${storedColumns}, r.secrets from resources r where r.tenant = ? and r.id = ? and r.type = ?`,
  )
  return {
    find: ({ tenant, id, type }: Place, looksForGroups = false): StoredResource | undefined =>
      (looksForGroups ? findAndLookForGroups : findResource).get(tenant, id, type),
    /** To compare passwords. */
    withSecrets: ({ tenant, id, type }: Place): StoredWithSecrets | undefined =>
      findWithSecrets.get(tenant, id, type),
  }
}
