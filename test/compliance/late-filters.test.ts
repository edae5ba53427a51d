import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { listOf } from './mutants/break.ts'
import { runOptions, smallServer } from './small-server.ts'

const readable = /^\w+ eq "[^"]*"$/

t.test(
  'a server that evaluates filters only if there are users gets the same outcomes with and without other users',
  async t => {
    const users = new Map<string, object>()
    const { url } = await smallServer(t, ({ method, path, json }) => {
      const [, where, id = ''] = /^\/(\w+)\/?([^?]*)/.exec(path) ?? []
      if (where !== 'Users') return { status: 404, body: {} }
      if (method === 'POST') {
        const made = { ...(json as object), id: `${users.size + 1}` }
        users.set(made.id, made)
        return { status: 201, body: made }
      }
      if (method === 'DELETE') return { status: users.delete(id) ? 204 : 404 }
      const filter = new URL(path, 'http://localhost').searchParams.get('filter')
      const isRefused = filter !== null && users.size > 0 && !readable.test(filter)
      return isRefused ? { status: 400, body: {} } : { body: listOf() }
    })
    const only = ['rfc/filter/refuses-two-in-a-row', 'rfc/filter/refuses-symbols']
    const { result } = await runChecks(runOptions(url, checks, { only, concurrency: 1 }))
    t.same(
      result.outcomes.map(({ check, verdict }) => [check.id, verdict]),
      only.map(id => [id, 'passed']),
    )
  },
)
