import type { ConsoleSession, ConsoleSessionStore } from '../../domain/ports/console-access.ts'
import { heldTable, type RawRow } from '../common/held-tables.ts'
import type { Reads } from './connect.ts'
import { canStore } from './dialect.ts'
import { prepared } from './statement.ts'

const { columns: names, toRow: toSession } = heldTable<ConsoleSession>('console_sessions', {
  id: 'id',
  issuer: 'issuer',
  subject: 'subject',
  name: 'name',
  role: 'role',
  authenticated: 'authenticated',
  acr: 'acr',
  created: 'created',
  lastUsed: 'last_used',
  expires: 'expires',
})
const columns = names.join(', ')

const insert = prepared(`
  insert into console_sessions (hash, ${columns})
  values (decode($1, 'hex'), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)
const endLeastUsedOfPerson = prepared(`
  delete from console_sessions where hash in (
    select hash from console_sessions
    where issuer = $2 and subject = $3 and hash <> decode($1, 'hex')
    order by last_used desc, id offset $4)`)
// Those of the person end before those of others.
const endLeastUsed = prepared(`
  delete from console_sessions where hash in (
    select hash from console_sessions where hash <> decode($1, 'hex')
    order by issuer = $2 and subject = $3, last_used desc, id offset $4)`)
const withHash = prepared(`select ${columns} from console_sessions where hash = decode($1, 'hex')`)
const withId = prepared(`select ${columns} from console_sessions where id = $1`)
const touch = prepared(
  `update console_sessions set last_used = greatest(last_used, $2) where hash = decode($1, 'hex')`,
)
const newest = prepared(`select ${columns} from console_sessions order by created desc, id`)
const end = prepared('delete from console_sessions where id = $1 returning id')
const endAll = prepared('delete from console_sessions returning id')
const prune = prepared('delete from console_sessions where expires <= $1 or last_used < $2')

/** Sessions in PostgreSQL. They are read with each request, so that a session that one instance ends has ended for all. */
export function createPostgresSessions(statements: Pick<Reads, 'query'>): ConsoleSessionStore {
  return {
    async save(hash, session, limits) {
      const { id, issuer, subject, name = null, role, authenticated = null, acr = null } = session
      const { created, lastUsed, expires } = session
      const values = [id, issuer, subject, name, role, authenticated, acr, created, lastUsed, expires]
      const key = hash.toString('hex')
      await statements.query(insert, [key, ...values])
      await statements.query(endLeastUsedOfPerson, [key, issuer, subject, limits.person - 1])
      await statements.query(endLeastUsed, [key, issuer, subject, limits.total - 1])
    },
    async find(hash) {
      const [row] = await statements.query<RawRow>(withHash, [hash.toString('hex')])
      return row && toSession(row)
    },
    async get(id) {
      const [row] = await statements.query<RawRow>(withId, [id])
      return row && toSession(row)
    },
    async touch(hash, lastUsed) {
      await statements.query(touch, [hash.toString('hex'), lastUsed])
    },
    list: async () => (await statements.query<RawRow>(newest)).map(toSession),
    end: async id => canStore(id) && (await statements.query(end, [id])).length > 0,
    endAll: async () => (await statements.query(endAll)).length,
    async prune({ expired, idle }) {
      await statements.query(prune, [expired, idle])
    },
  }
}
