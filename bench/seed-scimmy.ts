import { randomUUID } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { outsidersOf, type Seeded, userOf } from './data.ts'

const schema = `
  create table users (key integer primary key, id text not null unique, user_name text not null unique collate nocase,
    document text not null);`

/** Fills the database of the SCIMMY server with users; it has no groups. */
export function seedScimmy(file: string, count: number): Seeded {
  const db = new Sqlite(file)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = off')
  db.exec(schema)
  const insert = db.prepare('insert into users (id, user_name, document) values (?, ?, ?)')
  const now = new Date().toISOString()
  const meta = { resourceType: 'User', created: now, lastModified: now }
  const addUser = (number: number) => {
    const user = { ...userOf(number), id: randomUUID(), meta }
    insert.run(user.id, user.userName, JSON.stringify(user))
    return user.id
  }
  const users = db.transaction(() => Array.from({ length: count }, (_, number) => addUser(number)))()
  db.close()
  return { users, largeGroup: '', smallGroups: [], outsiders: outsidersOf(users) }
}
