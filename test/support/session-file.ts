import { gunzipSync } from 'node:zlib'
import type { SessionBlock, SessionItems } from '../../src/domain/contract/session-file.ts'

type SessionSize = {
  readonly users: number
  /** Of each user. */
  readonly revisions?: number
  readonly requests?: number
  /** The length of a text in each document. */
  readonly padding?: number
}

const itemsPerBlock = 100
const began = Date.parse('2026-03-01T09:00:00.000Z')
const timeOf = (second: number) => new Date(began + 1000 * second).toISOString()

/** A session of the tenant `acme` as a file of format 1, without a viewer. */
export function sessionFile({ users, revisions = 1, requests = 0, padding = 0 }: SessionSize): string {
  const ended = timeOf(users * revisions + requests)
  const facts = {
    ...{
      format: 1,
      tenant: 'acme',
      profile: 'rfc',
      exported: ended,
      tenantTime: ended,
      version: '1.2.3',
    },
    ...{ types: [], onDelete: 'retain', throttle: 'off', switches: {}, setup: [] },
    declared: { schemas: [], resourceTypes: [] },
  }
  const blocks = [
    ['session', [facts]],
    ['requests', newestFirst(requests, requestOf)],
    ['cycles', requests > 0 ? [cycle] : []],
    ['observations', requests > 0 ? [observation] : []],
    ['resources', newestFirst(users, nth => userOf(nth, revisions, padding))],
  ] as const
  const scripts = blocks.flatMap(([name, items]) =>
    Array.from({ length: Math.ceil(items.length / itemsPerBlock) }, (_, at) => {
      const part = items.slice(at * itemsPerBlock, (at + 1) * itemsPerBlock)
      return `<script type="application/json" data-block="${name}">${JSON.stringify(part)}</script>`
    }),
  )
  return `<!doctype html><html>${scripts.join('\n')}</html>`
}

const newestFirst = <Item>(count: number, item: (nth: number) => Item): readonly Item[] =>
  Array.from({ length: count }, (_, at) => item(count - at - 1))

const cycle = {
  ...{
    id: 'request-0',
    tenant: 'acme',
    kind: 'cycle',
    client: 'entra',
    started: timeOf(0),
    tenantStarted: timeOf(0),
  },
  ...{
    last: timeOf(1),
    tenantLast: timeOf(1),
    requests: 1,
    created: 1,
    modified: 0,
    disabled: 0,
    deleted: 0,
    failed: 0,
    running: false,
  },
}

const observation = {
  exchange: 'request-0',
  findings: [{ id: 'client/no-external-id', detail: 'The user has no externalId.' }],
}

const requestOf = (nth: number) => ({
  ...{ id: `request-${nth}`, tenant: 'acme', at: timeOf(nth), tenantTime: timeOf(nth), microseconds: 1000 },
  ...{ method: 'GET', url: '/acme/scim/v2/Users', status: 200, operation: 'list', action: 'list users' },
  ...{ analyzed: false, findings: [], request: { headers: {} }, response: { headers: {}, body: '{}' } },
})

function userOf(nth: number, revisions: number, padding: number) {
  const id = `user-${nth}`
  const label = `${id}@example.com`
  const document = (revision: number) => ({
    ...{ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: label, active: true },
    ...{ title: `Revision ${revision}`, displayName: 'x'.repeat(padding) },
  })
  const at = (revision: number) => timeOf(nth * revisions + revision)
  const history = newestFirst(revisions, revision => ({
    ...{ kind: 'revision', revision: revision + 1, action: revision === 0 ? 'created' : 'modified' },
    ...{ at: at(revision), document: document(revision), differences: [] },
  }))
  const last = revisions - 1
  return {
    resource: {
      ...{ id, type: 'User', status: 'active', label, display: label, revisions, groups: [] },
      ...{ created: at(0), lastModified: at(last), lastSeen: at(last), document: document(last) },
    },
    history,
  }
}

type Items = { readonly [Name in SessionBlock]: readonly SessionItems[Name][] }

/** A session file with its data as text. */
export const decompress = (html: string): string =>
  html.replace(
    /(<script type="application\/)gzip(" data-block="\w+">)([^<]*)/g,
    (_whole, start, name, data) =>
      [start, 'json', name, gunzipSync(Buffer.from(data, 'base64')).toString()].join(''),
  )

/** The items of an exported session, by block. */
export function itemsOf(html: string): Items {
  const items: Record<SessionBlock, unknown[]> = {
    session: [],
    requests: [],
    cycles: [],
    findings: [],
    observations: [],
    resources: [],
  }
  for (const [, name, text = ''] of decompress(html).matchAll(
    /<script type="application\/json" data-block="(\w+)">(.*?)<\/script>/gs,
  )) {
    for (const item of JSON.parse(text)) items[name as SessionBlock].push(item)
  }
  return items as unknown as Items
}
