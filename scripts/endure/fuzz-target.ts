import { aGroup, aUser, createClient } from './client.ts'
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
const leavings = ['retain', 'remove']

/** Creates another tenant on a server, with each profile in turn. */
export async function newTarget(server: Served, turn: number): Promise<Target> {
  const id = `turn-${turn}`
  const settings = { profile: profiles[turn % 3], onDelete: leavings[turn % 2] }
  const { endpoint: base } = await make(server, '/tenants', { id, ...settings })
  const { value: token } = await make(server, `/tenants/${id}/tokens`, {})
  return { base, token, ...(await peopled(base, token)) }
}

/** Creates something through the console. */
async function make(server: Served, path: string, body: object) {
  const answer = await fetch(`${server.console}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  require(answer.ok, `POST ${path}: ${answer.status}`)
  // biome-ignore lint/suspicious/noExplicitAny: the response of the console API
  return (await answer.json()) as any
}

async function peopled(base: string, token: string): Promise<Pick<Target, 'users' | 'groups'>> {
  const client = createClient(base, 1, token)
  const made = async (path: string, bodies: readonly object[]): Promise<readonly string[]> => {
    const ids: string[] = []
    for (const body of bodies) {
      const { status, body: answer } = await client.ask('POST', path, body)
      require(status === 201, `POST ${path}: ${status} ${JSON.stringify(answer)}`)
      ids.push(answer.id)
    }
    return ids
  }
  const names = ['taken', ...Array.from({ length: 39 }, (_, at) => `known-${at}`)]
  const users = await made(
    '/Users',
    names.map(name => aUser(name)),
  )
  const groups = await made('/Groups', ['g0', 'g1', 'g2'].map(aGroup))
  client.close()
  return { users, groups }
}
