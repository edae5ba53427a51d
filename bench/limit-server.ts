import { randomUUID } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import Fastify from 'fastify'
import { createGroupCommit } from './group-commit.ts'

/**
 * The upper limit of throughput: bare Fastify and better-sqlite3 without SCIM and tokens.
 *
 *   node bench/limit-server.ts FILE durable       stores documents and user names, with one commit for all writes of a turn
 *                                                 of the event loop, on disk before the responses (synchronous=FULL)
 *   node bench/limit-server.ts FILE exchanges     stores the same rows as Scimulator (documents, keys, versions, events, and a
 *                                                 row for each exchange), with a transaction for each request and
 *                                                 synchronous=NORMAL
 *
 * Prints its URL once it listens.
 */
const [file = ':memory:', mode] = process.argv.slice(2)
const isDurable = mode === 'durable'
const db = new Sqlite(file)
db.pragma('journal_mode = wal')
db.pragma(`synchronous = ${isDurable ? 'full' : 'normal'}`)
db.pragma('cache_size = -65536')

type User = {
  id: string
  userName: string
  externalId: string
  displayName: string
  active: boolean
  emails: { value: string }[]
}

const groupCommit = createGroupCommit(db)

/** Resolves with the result of a write once it is committed. */
const write = async <Result>(change: () => Result): Promise<Result> =>
  isDurable ? groupCommit(change) : db.transaction(change)()

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
const firstDocuments = db
  .prepare<[number], string>('select document from resources order by key limit ?')
  .pluck()
const total = db.prepare<[], number>('select count(*) from resources').pluck().get() ?? 0
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
  if (!isDurable)
    insertExchange.run(randomUUID(), Date.now(), method, url, status, requestBody, responseBody ?? null)
}
type Request = { readonly method: string; readonly url: string }

const create = (request: Request, user: User) => {
  const document = JSON.stringify(user)
  const key = insertResource.run(user.id, document, isDurable ? null : document).lastInsertRowid
  insertKey.run('userName', user.userName.toLowerCase(), key)
  if (isDurable) return document
  insertKey.run('externalId', user.externalId, key)
  insertKey.run('displayName', user.displayName.toLowerCase(), key)
  for (const { value } of user.emails) insertKey.run('emails.value', value.toLowerCase(), key)
  insertVersion.run(key, 1, Date.now(), document)
  recordExchange(request, 201, document, document)
  return document
}

const disable = (request: Request, id: string, active: boolean) => {
  const row = resourceById.get(id)
  if (!row) return undefined
  const document = JSON.stringify({ ...JSON.parse(row.document), active })
  updateResource.run(document, isDurable ? null : document, row.key)
  if (isDurable) return document
  insertVersion.run(row.key, row.version + 1, Date.now(), document)
  recordExchange(request, 200, `${active}`, document)
  return document
}

const change = (request: Request, id: string, member: string, op: string) => {
  const group = resourceById.get(id)
  if (!group) return
  if (op === 'add') addMember.run(group.key, member)
  else removeMember.run(group.key, member)
  if (isDurable) return
  insertEvent.run(group.key, member, Date.now(), op)
  updateResource.run(group.document, group.document, group.key)
  insertVersion.run(group.key, group.version + 1, Date.now(), group.document)
  recordExchange(request, 204, `${op} ${member}`, undefined)
}

type Patch = { Operations: [{ op: string; value: boolean & { value: string }[] }] }

function lookUp(filter: string): string {
  const [, value = ''] = /"([^"]*)"/.exec(filter) ?? []
  const document = documentByKey.get('userName', value.toLowerCase())
  return `{"totalResults":${document ? 1 : 0},"Resources":[${document ?? ''}]}`
}

const pageOf = (count: number): string =>
  `{"totalResults":${total},"Resources":[${firstDocuments.all(count).join(',')}]}`

const app = Fastify()
app.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, JSON.parse(String(body))),
)
app.post('/Users', async (request, reply) => {
  reply.code(201).type('application/json')
  const user = { ...(request.body as User), id: randomUUID() }
  return write(() => create(request, user))
})
app.get<{ Params: { id: string } }>('/Users/:id', async (request, reply) => {
  const document = resourceById.get(request.params.id)?.document
  recordExchange(request, 200, null, document)
  reply.type('application/json')
  return document
})
app.get<{ Querystring: { filter?: string; count?: string } }>('/Users', async (request, reply) => {
  const { filter, count } = request.query
  const list = filter === undefined ? pageOf(Number(count)) : lookUp(filter)
  recordExchange(request, 200, null, list)
  reply.type('application/json')
  return list
})
app.patch<{ Params: { id: string }; Body: Patch }>('/Users/:id', async (request, reply) => {
  reply.type('application/json')
  const [{ value }] = request.body.Operations
  return write(() => disable(request, request.params.id, value))
})
app.patch<{ Params: { id: string }; Body: Patch }>('/Groups/:id', async (request, reply) => {
  const [{ op, value }] = request.body.Operations
  await write(() => change(request, request.params.id, value[0]?.value ?? '', op))
  return reply.code(204).send()
})

process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
