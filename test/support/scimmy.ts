import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import SCIMMY from 'scimmy'
import SCIMMYRouters from 'scimmy-routers'
import type { Test } from 'tap'

type Stored = { readonly [name: string]: unknown }
type Requested = {
  readonly id?: string
  readonly filter?: { match(values: readonly Stored[]): readonly Stored[] }
}

type ForeignServer = {
  readonly url: string
  readonly token: string
  /** The stored resources. */
  readonly users: ReadonlyMap<string, Stored>
  readonly groups: ReadonlyMap<string, Stored>
  clear(): void
}

/**
 * An independent SCIM server: SCIMMY with its Express routers, as in its README, over two maps. A process can have
 * only one, since SCIMMY's resource types are global.
 */
export async function scimmyServer(t: Pick<Test, 'teardown'>): Promise<ForeignServer> {
  const users = new Map<string, Stored>()
  const groups = new Map<string, Stored>()
  SCIMMY.Resources.declare(
    SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false),
    handlersOf(users, 'userName', id => leaveGroups(groups, id)),
  )
  SCIMMY.Resources.declare(
    SCIMMY.Resources.Group,
    handlersOf(groups, 'displayName', id => leaveGroups(groups, id)),
  )
  const token = 'a-token-for-scimmy'
  const app = express()
  app.use(
    '/scim',
    new SCIMMYRouters({
      type: 'bearer',
      handler: (request: { header(name: string): string | undefined }) => {
        if (request.header('Authorization') !== `Bearer ${token}`) throw new Error('Wrong token')
        return 'entra'
      },
    }),
  )
  const server: Server = app.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  t.teardown(() => new Promise(resolve => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/scim`,
    token,
    users,
    groups,
    clear: () => {
      users.clear()
      groups.clear()
    },
  }
}

/** SCIMMY's handlers of resources. */
function handlersOf(remaining: Map<string, Stored>, unique: string, gone: (id: string) => void) {
  return {
    ingress: ({ id = randomUUID() }: Requested, data: Stored) => {
      const clashes = [...remaining.values()].some(other => other.id !== id && other[unique] === data[unique])
      if (clashes) throw new SCIMMY.Types.Error(409, 'uniqueness', `${unique} is taken`)
      const stored = { ...JSON.parse(JSON.stringify(data)), id }
      remaining.set(id, stored)
      return stored
    },
    egress: ({ id, filter }: Requested) => {
      if (id === undefined) return filter ? filter.match([...remaining.values()]) : [...remaining.values()]
      const found = remaining.get(id)
      if (!found) throw new SCIMMY.Types.Error(404, null as never, `Resource ${id} not found`)
      return found
    },
    degress: ({ id = '' }: Requested) => {
      if (!remaining.delete(id)) throw new SCIMMY.Types.Error(404, null as never, `Resource ${id} not found`)
      gone(id)
    },
  } as never
}

function leaveGroups(groups: Map<string, Stored>, id: string): void {
  for (const [key, group] of groups) {
    const members = (group.members ?? []) as readonly { readonly value: string }[]
    groups.set(key, { ...group, members: members.filter(({ value }) => value !== id) })
  }
}
