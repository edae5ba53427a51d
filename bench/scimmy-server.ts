import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import Sqlite from 'better-sqlite3'
import express from 'express'
import SCIMMY from 'scimmy'
import SCIMMYRouters from 'scimmy-routers'
import { createGroupCommit } from './group-commit.ts'

/**
 * A peer: SCIMMY with its Express routers, over SQLite. Users are found by ID and by userName through indexes, and all writes of a turn
 * of the event loop have one commit, on disk before the responses. Each other filter, and each page, reads all users.
 *
 *   node bench/scimmy-server.ts FILE
 *
 * Prints its URL once it listens.
 */
const db = new Sqlite(process.argv[2] ?? ':memory:')
db.pragma('journal_mode = wal')
db.pragma('synchronous = full')
db.pragma('cache_size = -65536')

type User = { readonly id: string; readonly userName: string; readonly meta?: { readonly created?: string } }
type Requested = {
  readonly id?: string
  /** Alternatives, each with attributes and their comparisons. */
  readonly filter?: readonly Readonly<Record<string, readonly [comparator: string, value: unknown]>>[] & {
    match(values: readonly User[]): readonly User[]
  }
}

const documentById = db.prepare<[string], string>('select document from users where id = ?').pluck()
const documentByUserName = db
  .prepare<[string], string>('select document from users where user_name = ?')
  .pluck()
const allDocuments = db.prepare<[], string>('select document from users order by key').pluck()
const insertUser = db.prepare('insert into users (id, user_name, document) values (?, ?, ?)')
const updateUser = db.prepare('update users set user_name = ?, document = ? where id = ?')
const write = createGroupCommit(db)

const parse = (document: string): User => JSON.parse(document)

/** The userName of a filter that compares nothing else. */
function userNameOf(filter: Requested['filter']): string | undefined {
  const [comparisons, ...alternatives] = filter ?? []
  if (!comparisons || alternatives.length > 0) return undefined
  const [[attribute, [comparator, value]] = ['', ['', undefined]], ...others] = Object.entries(comparisons)
  const isLookUp = others.length === 0 && attribute === 'userName' && comparator === 'eq'
  return isLookUp ? String(value) : undefined
}

function find({ id, filter }: Requested): User | readonly User[] {
  if (id !== undefined) {
    const document = documentById.get(id)
    if (document === undefined) throw new SCIMMY.Types.Error(404, null as never, `Resource ${id} not found`)
    return parse(document)
  }
  const userName = userNameOf(filter)
  if (userName !== undefined) return documentByUserName.all(userName).map(parse)
  const users = allDocuments.all().map(parse)
  return filter ? filter.match(users) : users
}

async function store({ id }: Requested, data: User): Promise<User> {
  const now = new Date().toISOString()
  const user = {
    ...data,
    id: id ?? randomUUID(),
    meta: { resourceType: 'User', created: data.meta?.created ?? now, lastModified: now },
  }
  const document = JSON.stringify(user)
  await write(() =>
    id === undefined
      ? insertUser.run(user.id, user.userName, document)
      : updateUser.run(user.userName, document, id),
  )
  return user
}

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false), {
  egress: find,
  ingress: store,
} as never)

const app = express()
app.use('/scim', new SCIMMYRouters({ type: 'bearer', handler: () => 'bench' }))
const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}/scim\n`)
})
