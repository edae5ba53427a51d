import {
  enterpriseUrn,
  groupUrn,
  type Json,
  type JsonObject,
  patchOpUrn,
  userUrn,
} from '../../../scim-compliance/scim.ts'
import { mapped, type Played, type PlayedServer, valueAt } from './played-job.ts'

/** A job on a server, the same job on a correct one, and further requests. */
export type World = {
  readonly job: Played
  readonly correct: Played
  readonly send: (method: string, path: string, body?: Json) => Promise<Answer>
  readonly server: PlayedServer
}

type Answer = { readonly status: number; readonly body: JsonObject }

/** Sentences of the verdict, and whether what they say happens. */
export type Row = {
  readonly says: RegExp
  readonly holds: (world: World, match: RegExpExecArray) => boolean | Promise<boolean>
}

export const differs = (
  { job, correct }: World,
  kind: 'users' | 'groups',
  name: string,
  path: string,
): boolean => {
  const at = (played: Played) => JSON.stringify(valueAt(played[kind].get(name)?.[0], path))
  return at(job) !== at(correct)
}

/** The user whose attribute with this path changes in the job. */
export const changing = (how: 'add' | 'replace', path: string): string => {
  const source = Object.entries(mapped).find(([, target]) => target === path)?.[0]
  if (source === undefined) throw new Error(`The job doesn’t change ${path}.`)
  return `${how}-${source.replaceAll(' ', '-')}`
}

export const changes =
  (how: 'add' | 'replace', ...paths: readonly string[]): Row['holds'] =>
  (world, [, path = '']) =>
    (paths.length > 0 ? paths : [path]).some(one => differs(world, 'users', changing(how, one), one))

export const user =
  (name: string, ...paths: readonly string[]): Row['holds'] =>
  world =>
    paths.some(path => differs(world, 'users', name, path))

export const groups =
  (path: string, ...names: readonly string[]): Row['holds'] =>
  world =>
    names.some(name => differs(world, 'groups', name, path))

export const managerPath = `${enterpriseUrn}:manager`
export const department = `${enterpriseUrn}:department`
let number = 0
export const unique = () => `played-${++number}`

export async function createUser({ send }: World, more: JsonObject = {}) {
  const name = unique()
  const email = `${name}@mail.example`
  const sent = {
    schemas: [userUrn, enterpriseUrn],
    userName: `${name}@played.example`,
    externalId: name,
    active: true,
    name: { givenName: 'Ann', familyName: name },
    emails: [{ type: 'work', value: email, primary: true }],
    ...more,
  }
  const { status, body } = await send('POST', '/Users', sent)
  return { status, id: `${body.id}`, userName: `${sent.userName}`, externalId: name, email }
}

export async function createGroup({ send }: World, members: readonly string[] = [], displayName = unique()) {
  const sent = { schemas: [groupUrn], displayName, members: members.map(value => ({ value })) }
  const { status, body } = await send('POST', '/Groups', sent)
  return { status, id: `${body.id}`, displayName }
}

export const patch = ({ send }: World, path: string, ...Operations: readonly JsonObject[]) =>
  send('PATCH', path, { schemas: [patchOpUrn], Operations: [...Operations] })

export const stored = ({ server }: World, id: string): JsonObject | undefined =>
  (server.users.get(id) ?? server.groups.get(id)) as JsonObject | undefined

export async function found({ send }: World, endpoint: string, filter: string, more = '') {
  const { status, body } = await send('GET', `${endpoint}?filter=${encodeURIComponent(filter)}${more}`)
  const Resources = (Array.isArray(body.Resources) ? body.Resources : []) as readonly JsonObject[]
  return { status, ids: Resources.map(({ id }) => id) }
}

type Made = Awaited<ReturnType<typeof createUser>>

/** What a search for a user can lead to. */
export const searches = (filterOf: (made: Made) => string, more: JsonObject = {}): readonly Row[] => {
  const search = async (world: World) => {
    const made = await createUser(world, more)
    await createUser(world)
    return { made, ...(await found(world, '/Users', filterOf(made))) }
  }
  return [
    {
      says: /^No user is found/,
      holds: async world => {
        const { made, status, ids } = await search(world)
        return status === 200 && !ids.includes(made.id)
      },
    },
    {
      says: /^Every search returns several/,
      holds: async world => (await search(world)).ids.length > 1,
    },
    {
      says: /^The search fails|^Searches fail/,
      holds: async world => (await search(world)).status !== 200,
    },
  ]
}

/** A user that isn’t created as it was sent. */
export const losesOnCreate =
  (more: JsonObject, path: string, expected: Json | undefined): Row['holds'] =>
  async world => {
    const made = await createUser(world, more)
    return (
      made.status >= 400 || JSON.stringify(valueAt(stored(world, made.id), path)) !== JSON.stringify(expected)
    )
  }

/** A change of a user without its effect. */
export const losesOnPatch =
  (operation: JsonObject, path: string, more: JsonObject = {}): Row['holds'] =>
  async world => {
    const { id } = await createUser(world, more)
    const { status } = await patch(world, `/Users/${id}`, operation)
    return (
      status >= 400 || JSON.stringify(valueAt(stored(world, id), path)) !== JSON.stringify(operation.value)
    )
  }

export const isRefused =
  (operation: JsonObject): Row['holds'] =>
  async world => {
    const { id } = await createUser(world)
    return (await patch(world, `/Users/${id}`, operation)).status >= 400
  }

/** Two resources of one name are stored. */
export const twice =
  (endpoint: '/Users' | '/Groups', change = (name: string) => name): Row['holds'] =>
  async world => {
    const name = unique()
    const bodyOf = (text: string): JsonObject =>
      endpoint === '/Users'
        ? { schemas: [userUrn], userName: text }
        : { schemas: [groupUrn], displayName: text }
    await world.send('POST', endpoint, bodyOf(name))
    const { status } = await world.send('POST', endpoint, bodyOf(change(name)))
    return status < 300
  }

export const named =
  (endpoint: '/Users' | '/Groups'): Row['holds'] =>
  async world => {
    const {
      id,
      userName = '',
      displayName = '',
    } = {
      userName: undefined,
      displayName: undefined,
      ...(endpoint === '/Users' ? await createUser(world) : await createGroup(world)),
    }
    const name = `${userName}${displayName}`.toUpperCase()
    const { ids } = await found(
      world,
      endpoint,
      `${endpoint === '/Users' ? 'userName' : 'displayName'} eq "${name}"`,
    )
    return !ids.includes(id)
  }

export const phone = 'phoneNumbers[type eq "mobile"].value'
export const appRole = { value: 'Admin', type: 'WindowsAzureActiveDirectoryRole', primary: true }
export const nulls = { addresses: null, phoneNumbers: null, title: null, department: null, manager: null }
export const anyChange = Object.values(mapped)
