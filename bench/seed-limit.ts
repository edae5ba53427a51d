import { randomUUID } from 'node:crypto'
import Sqlite from 'better-sqlite3'
import { largeGroupOf, outsidersOf, type Seeded, smallGroup, smallGroupCount, userOf } from './data.ts'

const schema = `
  create table resources (key integer primary key, id text not null unique, document text not null,
    search blob, version integer not null default 1);
  create table keys (attribute text not null, value text not null, resource integer not null);
  create unique index keys_by_value on keys (attribute, value, resource);
  create table memberships (group_key integer not null, member_id text not null);
  create unique index memberships_by_group on memberships (group_key, member_id);
  create table versions (resource integer not null, version integer not null, at integer not null, document text not null);
  create unique index versions_by_resource on versions (resource, version);
  create table membership_events (group_key integer not null, member_id text not null, at integer not null, event text not null);
  create table exchanges (seq integer primary key, id text not null unique, at integer not null, method text not null,
    url text not null, status integer not null, request_body text, response_body text);
  create index membership_events_by_group on membership_events (group_key, at);`

export type LimitMode = 'durable' | 'exchanges'

/** Fills the database of the limit server. */
export function seedLimit(file: string, count: number, mode: LimitMode): Seeded {
  const db = new Sqlite(file)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = off')
  db.exec(schema)
  const insert = db.prepare('insert into resources (id, document, search) values (?, ?, jsonb(?))')
  const insertKey = db.prepare('insert into keys (attribute, value, resource) values (?, ?, ?)')
  const insertMember = db.prepare('insert into memberships (group_key, member_id) values (?, ?)')
  const add = (document: { id: string }) =>
    insert.run(document.id, JSON.stringify(document), mode === 'durable' ? null : JSON.stringify(document))
      .lastInsertRowid
  const addUser = (number: number) => {
    const user = { ...userOf(number), id: randomUUID() }
    const key = add(user)
    insertKey.run('userName', user.userName, key)
    if (mode === 'durable') return user.id
    insertKey.run('externalId', user.externalId, key)
    insertKey.run('displayName', user.displayName.toLowerCase(), key)
    insertKey.run('emails.value', user.userName, key)
    return user.id
  }
  const addGroup = (name: string, members: readonly string[]) => {
    const id = randomUUID()
    const key = add({ id, displayName: name } as { id: string })
    for (const member of members) insertMember.run(key, member)
    return id
  }
  const seeded = db.transaction((): Seeded => {
    const users = Array.from({ length: count }, (_, number) => addUser(number))
    return {
      users,
      largeGroup: addGroup('large', largeGroupOf(users)),
      smallGroups: Array.from({ length: smallGroupCount }, (_, at) =>
        addGroup(`small ${at}`, users.slice(0, smallGroup)),
      ),
      outsiders: outsidersOf(users),
    }
  })()
  db.close()
  return seeded
}
