import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { listOf } from './mutants/break.ts'
import { runOptions, smallServer } from './small-server.ts'

const error = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '400', detail: 'Who?' }

t.test('a server that rejects unknown members does not pass the check of their number', async t => {
  const { url } = await smallServer(t, ({ method, path, body, json }) => {
    if (!/^\/(Users|Groups)/.test(path)) return { status: 404, body: {} }
    if (method === 'GET') return { body: listOf() }
    if (/"value":/.test(body)) return { status: 400, body: error }
    return method === 'POST' ? { status: 201, body: { ...(json as object), id: '1' } } : { status: 204 }
  })
  const only = ['aws/groups/no-101-members', 'aws/groups/no-101-changes']
  const { result } = await runChecks(runOptions(url, checks, { as: ['aws'], only, concurrency: 1 }))
  t.same(
    result.outcomes.map(({ check, verdict, reason }) => [check.id, verdict, reason]),
    [
      ['aws/groups/no-101-members', 'skipped', 'The server rejects any number of unknown members.'],
      [
        'aws/groups/no-101-changes',
        'skipped',
        'PATCH doesn’t change a group, which aws/groups/name-and-external-id reports.',
      ],
    ],
  )
})
