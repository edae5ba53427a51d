import { randomUUID } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'

/**
 * The upper limit of throughput: bare Fastify and better-sqlite3 read and write the same rows (documents, keys, versions,
 * events, and a row per exchange), without SCIM and tokens. Each request is a transaction, with synchronous=NORMAL.
 * `--no-exchanges` omits the rows for exchanges.
 *
 *   node bench/limit-server.ts FILE [--no-exchanges]
 *
 * Prints its URL once it listens.
 */
const [file = ':memory:', option] = process.argv.slice(2)
const keepsExchanges = option !== '--no-exchanges'
const db = new Sqlite(file)
db.pragma('journal_mode = wal')
db.pragma('synchronous = normal')
db.pragma('cache_size = -65536')

type User = {
  id: string
  userName: string
  externalId: string
  displayName: string
  active: boolean
  emails: { value: string }[]
}

const insertResource = db.prepare('insert into resources (id, document, search) values (?, ?, jsonb(?))')
const insertKey = db.prepare('insert into keys (attribute, value, resource) values (?, ?, ?)')
const insertVersion = db.prepare('insert into versions (resource, version, at, document) values (?, ?, ?, ?)')
const resourceById = db.prepare<[string], { key: number; document: string; version: number }>(
  'select key, document, version from resources where id = ?',
)
const documentByKey = db
  .prepare<[string, string], string>(
    'select document from resources where key = (select resource from keys where attribute = ? and value = ?)',
  )
  .pluck()
const updateResource = db.prepare(
  'update resources set document = ?, search = jsonb(?), version = version + 1 where key = ?',
)
const addMember = db.prepare('insert or ignore into memberships (group_key, member_id) values (?, ?)')
const removeMember = db.prepare('delete from memberships where group_key = ? and member_id = ?')
const insertEvent = db.prepare(
  'insert into membership_events (group_key, member_id, at, event) values (?, ?, ?, ?)',
)

const insertExchange = db.prepare(`
  insert into exchanges (id, at, method, url, status, request_body, response_body) values (?, ?, ?, ?, ?, ?, ?)`)
const recordExchange = (
  { method, url }: Request,
  status: number,
  requestBody: string | null,
  responseBody: string | undefined,
) => {
  if (keepsExchanges)
    insertExchange.run(randomUUID(), Date.now(), method, url, status, requestBody, responseBody ?? null)
}
type Request = { readonly method: string; readonly url: string }

const create = db.transaction((request: Request, user: User) => {
  const document = JSON.stringify(user)
  const key = insertResource.run(user.id, document, document).lastInsertRowid
  insertKey.run('userName', user.userName.toLowerCase(), key)
  insertKey.run('externalId', user.externalId, key)
  insertKey.run('displayName', user.displayName.toLowerCase(), key)
  for (const { value } of user.emails) insertKey.run('emails.value', value.toLowerCase(), key)
  insertVersion.run(key, 1, Date.now(), document)
  recordExchange(request, 201, document, document)
  return document
})

const disable = db.transaction((request: Request, id: string, active: boolean) => {
  const row = resourceById.get(id)
  if (!row) return undefined
  const document = JSON.stringify({ ...JSON.parse(row.document), active })
  updateResource.run(document, document, row.key)
  insertVersion.run(row.key, row.version + 1, Date.now(), document)
  recordExchange(request, 200, `${active}`, document)
  return document
})

const change = db.transaction((request: Request, id: string, member: string, op: string) => {
  const group = resourceById.get(id)
  if (!group) return
  if (op === 'add') addMember.run(group.key, member)
  else removeMember.run(group.key, member)
  insertEvent.run(group.key, member, Date.now(), op)
  updateResource.run(group.document, group.document, group.key)
  insertVersion.run(group.key, group.version + 1, Date.now(), group.document)
  recordExchange(request, 204, `${op} ${member}`, undefined)
})

type Patch = { Operations: [{ op: string; value: boolean & { value: string }[] }] }

const app = Fastify()
app.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, JSON.parse(String(body))),
)
app.post('/Users', async (request, reply) => {
  reply.code(201).type('application/json')
  return create(request, { ...(request.body as User), id: randomUUID() })
})
app.get<{ Params: { id: string } }>('/Users/:id', async (request, reply) => {
  const document = resourceById.get(request.params.id)?.document
  recordExchange(request, 200, null, document)
  reply.type('application/json')
  return document
})
app.get<{ Querystring: { filter: string } }>('/Users', async (request, reply) => {
  const [, value = ''] = /"([^"]*)"/.exec(request.query.filter) ?? []
  const document = documentByKey.get('userName', value.toLowerCase())
  const list = `{"totalResults":${document ? 1 : 0},"Resources":[${document ?? ''}]}`
  recordExchange(request, 200, null, list)
  reply.type('application/json')
  return list
})
app.patch<{ Params: { id: string }; Body: Patch }>('/Users/:id', async (request, reply) => {
  reply.type('application/json')
  return disable(request, request.params.id, request.body.Operations[0].value)
})
app.patch<{ Params: { id: string }; Body: Patch }>('/Groups/:id', async (request, reply) => {
  const [{ op, value }] = request.body.Operations
  change(request, request.params.id, value[0]?.value ?? '', op)
  reply.code(204)
})

process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
