import pino from 'pino'
import type { Call } from '../src/provider/call.ts'
import { typeByName } from '../src/scim/resource-types.ts'
import { openServices, type Services } from '../src/server/compose.ts'
import type { Tenant } from '../src/tenants/tenant.ts'
import { type Seeded, type Size, smallGroup, smallGroupCount, userOf } from './data.ts'

const usersPerBatch = 500
const membersPerBatch = 100

/** Fills a database through the operations of Scimulator, so that indexes and history are complete. */
export async function seedScimulator(
  file: string,
  tenantId: string,
  token: string,
  size: Size,
): Promise<Seeded> {
  const services = openServices({ path: file, profile: 'aws' }, pino({ level: 'silent' }))
  const tenant = await services.tenants.create({ profile: 'aws' }, tenantId)
  await services.tenants.createToken(tenant, { text: token })
  await createTenantWithToken(services, `${tenantId}-newcomers`, newcomersToken)
  const users = await createUsers(services, tenant, size.users)
  const group = async (displayName: string, members: readonly string[]) => {
    const id = await create(services, tenant, 'Group', { displayName })
    for (let from = 0; from < members.length; from += membersPerBatch) {
      await addMembers(services, tenant, id, members.slice(from, from + membersPerBatch))
    }
    return id
  }
  const largeGroup = await group('large', users.slice(0, size.largeGroup))
  const smallGroups: string[] = []
  for (let at = 0; at < smallGroupCount; at++)
    smallGroups.push(await group(`small ${at}`, users.slice(0, smallGroup)))
  await services.close()
  return { users, largeGroup, smallGroups, outsiders: users.slice(size.largeGroup) }
}

/** Fills a database with users of a tenant with the `rfc` profile. */
export async function seedUsers(file: string, tenantId: string, token: string, users: number): Promise<void> {
  const services = openServices({ path: file, profile: 'rfc' }, pino({ level: 'silent' }))
  const tenant = await services.tenants.create({ profile: 'rfc' }, tenantId)
  await services.tenants.createToken(tenant, { text: token })
  await createUsers(services, tenant, users)
  await services.close()
}

async function createUsers(services: Services, tenant: Tenant, count: number): Promise<readonly string[]> {
  const users: string[] = []
  for (let from = 0; from < count; from += usersPerBatch) {
    const numbers = Array.from({ length: Math.min(usersPerBatch, count - from) }, (_, at) => from + at)
    users.push(
      ...(await Promise.all(numbers.map(number => create(services, tenant, 'User', userOf(number))))),
    )
  }
  return users
}

/** The load creates users in a second tenant: the first is at AWS's quota of 100,000 users. */
export const newcomersToken = 'a-token-for-newcomers-in-the-benchmark'

const createTenantWithToken = async ({ tenants }: Services, id: string, token: string) =>
  tenants.createToken(await tenants.create({ profile: 'aws' }, id), { text: token })

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
