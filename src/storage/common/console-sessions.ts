import type { ConsoleSession, ConsoleSessionStore } from '../../domain/ports/console-sessions.ts'

const isOfSamePerson = (one: ConsoleSession, other: ConsoleSession): boolean =>
  one.issuer === other.issuer && one.subject === other.subject

export function createSessionsInMemory(): ConsoleSessionStore {
  // A use moves a session to the end, so the first one is the least recently used.
  const sessions = new Map<string, ConsoleSession>()
  const keyOf = (hash: Buffer) => hash.toString('base64')
  return {
    async save(hash, session, limits) {
      const own = [...sessions].filter(([, other]) => isOfSamePerson(session, other)).map(([key]) => key)
      for (const key of own.slice(0, Math.max(0, own.length + 1 - limits.person))) sessions.delete(key)
      const first = own.find(key => sessions.has(key)) ?? sessions.keys().next().value
      if (first !== undefined && sessions.size >= limits.total) sessions.delete(first)
      sessions.set(keyOf(hash), session)
    },
    find: async hash => sessions.get(keyOf(hash)),
    get: async id => [...sessions.values()].find(session => session.id === id),
    async touch(hash, lastUsed) {
      const key = keyOf(hash)
      const session = sessions.get(key)
      if (!session) return
      sessions.delete(key)
      sessions.set(key, { ...session, lastUsed })
    },
    list: async () => [...sessions.values()].sort((a, b) => b.created - a.created),
    async end(id) {
      const found = [...sessions].find(([, session]) => session.id === id)
      return found !== undefined && sessions.delete(found[0])
    },
    async endAll() {
      const { size } = sessions
      sessions.clear()
      return size
    },
    async prune({ expired, idle }) {
      for (const [key, { expires, lastUsed }] of sessions) {
        if (expires <= expired || lastUsed < idle) sessions.delete(key)
      }
    },
  }
}
