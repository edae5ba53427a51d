import { createClient, groupBody, userBody } from './client.ts'
import type { Served } from './server.ts'
import { require } from './trial.ts'

/** A tenant, and the resources whose IDs requests may contain. */
export type Target = {
  readonly base: string
  readonly token: string
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

const profiles = ['rfc', 'entra', 'aws']
const deletions = ['retain', 'remove']

/** Creates another tenant on a server, with each profile in turn. */
export async function newTarget(server: Served, turn: number): Promise<Target> {
  const id = `turn-${turn}`
  const settings = { profile: profiles[turn % 3], onDelete: deletions[turn % 2] }
  const { endpoint: base } = await createByConsole(server, '/tenants', { id, ...settings })
  const { value: token } = await createByConsole(server, `/tenants/${id}/tokens`, {})
  return { base, token, ...(await createResources(base, token)) }
}

/** Creates a tenant or token through the console API. */
async function createByConsole(server: Served, path: string, body: object) {
  const response = await fetch(`${server.console}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  require(response.ok, `POST ${path}: ${response.status}`)
  // biome-ignore lint/suspicious/noExplicitAny: the response of the console API
  return (await response.json()) as any
}

async function createResources(base: string, token: string): Promise<Pick<Target, 'users' | 'groups'>> {
  const client = createClient(base, 1, token)
  const createAll = async (path: string, bodies: readonly object[]): Promise<readonly string[]> => {
    const ids: string[] = []
    for (const body of bodies) {
      const { status, body: response } = await client.callApi('POST', path, body)
      require(status === 201, `POST ${path}: ${status} ${JSON.stringify(response)}`)
      ids.push(response.id)
    }
    return ids
  }
  const names = ['taken', ...Array.from({ length: 39 }, (_, at) => `known-${at}`)]
  const users = await createAll(
    '/Users',
    names.map(name => userBody(name)),
  )
  const groups = await createAll('/Groups', ['g0', 'g1', 'g2'].map(groupBody))
  client.close()
  return { users, groups }
}
