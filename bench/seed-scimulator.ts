import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pino from 'pino'
import type { Tenant } from '../src/domain/tenants/tenant.ts'
import type { ProfileName } from '../src/profiles/names.ts'
import { typeByName } from '../src/scim/resource-types.ts'
import type { Call } from '../src/scim-api/provider/call.ts'
import type { Services } from '../src/server/compose.ts'
import {
  groupOf,
  largeGroupOf,
  outsidersOf,
  type Seeded,
  smallGroup,
  smallGroupCount,
  userOf,
} from './data.ts'
import type { Data } from './servers.ts'
import { ownRoot } from './version.ts'

/** Of the tenant with users, in the profile aws. */
export const accessKey = { id: 'SCIMOFTHEBENCHMARKSX', secret: 'a-secret-for-the-benchmark-only' }

const usersPerBatch = 500
const membersPerBatch = 100

/**
 * Fills a database with users through the operations of Scimulator, so that indexes and history are complete. `root` is the checkout
 * whose operations are used: an older one cannot open a database of a newer one.
 */
export async function seedUsers(
  data: Data,
  tenantId: string,
  token: string,
  count: number,
  profile: ProfileName = 'rfc',
  root = ownRoot,
): Promise<readonly string[]> {
  const services = await open(data, profile, root)
  const tenant = await services.tenants.create({ profile }, tenantId)
  await services.tenants.createToken(tenant, { text: token })
  if (profile === 'aws') await services.accessKeys.create(tenant, accessKey)
  const users: string[] = []
  for (let from = 0; from < count; from += usersPerBatch) {
    const numbers = Array.from({ length: Math.min(usersPerBatch, count - from) }, (_, at) => from + at)
    users.push(
      ...(await Promise.all(numbers.map(number => create(services, tenant, 'User', userOf(number))))),
    )
  }
  await services.close()
  return users
}

/** Adds groups of these users: small ones, and one with half of them. */
export async function seedGroups(
  data: Data,
  tenantId: string,
  users: readonly string[],
  profile: ProfileName,
  root = ownRoot,
): Promise<Seeded> {
  const services = await open(data, profile, root)
  const tenant = services.tenants.list().find(({ id }) => id === tenantId)
  if (!tenant) throw new Error(`no tenant ${tenantId}`)
  const group = async (displayName: string, members: readonly string[]) => {
    const id = await create(services, tenant, 'Group', groupOf(displayName))
    for (let from = 0; from < members.length; from += membersPerBatch) {
      await addMembers(services, tenant, id, members.slice(from, from + membersPerBatch))
    }
    return id
  }
  const largeGroup = await group('large', largeGroupOf(users))
  const smallGroups: string[] = []
  for (let at = 0; at < smallGroupCount; at++)
    smallGroups.push(await group(`small ${at}`, users.slice(0, smallGroup)))
  await services.close()
  return { users, largeGroup, smallGroups, outsiders: outsidersOf(users) }
}

/** Adds a tenant without users. */
export async function seedTenant(
  data: Data,
  tenantId: string,
  token: string,
  profile: ProfileName,
  root = ownRoot,
): Promise<void> {
  const services = await open(data, profile, root)
  await services.tenants.createToken(await services.tenants.create({ profile }, tenantId), { text: token })
  await services.close()
}

async function open(data: Data, profile: ProfileName, root: string): Promise<Services> {
  const { href } = pathToFileURL(join(root, 'src/server/compose.ts'))
  const { openServices }: typeof import('../src/server/compose.ts') = await import(href)
  const where = typeof data === 'string' ? { path: data } : { postgres: { ...data, lanes: 2, readers: 4 } }
  return openServices({ ...where, profile }, pino({ level: 'silent' }))
}

function callOf(tenant: Tenant, typeName: string, operation: Call['operation']): Call {
  const type = typeByName(tenant.profile.schema.resourceTypes, typeName)
  if (!type) throw new Error(`no type ${typeName}`)
  return { tenant, type, operation, now: Date.now(), exchange: 'seed' }
}

const create = async ({ scim }: Services, tenant: Tenant, type: string, body: object): Promise<string> =>
  (await scim.provider.create(callOf(tenant, type, 'create'), body as never)).id

async function addMembers(
  { scim }: Services,
  tenant: Tenant,
  id: string,
  members: readonly string[],
): Promise<void> {
  const value = members.map(member => ({ value: member }))
  await scim.provider.patch(callOf(tenant, 'Group', 'patch'), id as never, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'add', path: 'members', value }],
  })
}
