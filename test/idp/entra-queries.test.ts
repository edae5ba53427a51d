import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  type Endpoint,
  matchingQueryPath,
  objectPath,
  objectReadPath,
} from '../../src/entra/planning/target-object.ts'

type Line = { readonly name: string; readonly mode: string; readonly method: string; readonly path: string }

const lines: readonly Line[] = readFileSync(new URL('entra-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

/** The client's path for a recorded request; undefined for requests that it never sends. */
function pathFor({ method, path }: Line): string | undefined {
  const [, endpoint, id] = /^\/(Users|Groups)(?:\/([^?]+))?/.exec(path) ?? []
  if (endpoint === undefined) return undefined
  if (id !== undefined) {
    const addressOf = method === 'GET' ? objectReadPath : objectPath
    return addressOf(endpoint as Endpoint, 'ID').replace('ID', id)
  }
  const filter = new URLSearchParams(path.split('?')[1]).get('filter')
  const [, attribute = '', value = ''] = /^(.+) eq "(.*)"$/.exec(filter ?? '') ?? []
  return method === 'GET' ? matchingQueryPath(endpoint as Endpoint, attribute, value) : `/${endpoint}`
}

t.test('the created paths equal the recorded ones', async t => {
  for (const line of lines) {
    const sent = pathFor(line)
    if (sent !== undefined) t.equal(sent, line.path, `${line.mode}: ${line.name}`)
  }
  t.same(
    lines.filter(line => pathFor(line) === undefined).map(({ path }) => path),
    ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig'],
    'only the portal sends discovery requests',
  )
})
