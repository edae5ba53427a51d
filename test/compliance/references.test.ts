import t, { type Test } from 'tap'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { userUrn } from '../../scim-compliance/scim.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const reference = (name: string, ...referenceTypes: readonly string[]) => ({
  name,
  type: 'reference',
  referenceTypes,
})
const keeper = {
  name: 'keeper',
  type: 'complex',
  required: true,
  subAttributes: [{ name: 'value' }, reference('$ref', 'User')],
}
const schemas = [
  { id: userUrn, attributes: [{ name: 'userName', required: true }] },
  {
    id: 'urn:device',
    attributes: [
      { ...reference('owner', 'Unit', 'User'), required: true },
      keeper,
      reference('spare', 'User'),
    ],
  },
  { id: 'urn:part', attributes: [{ ...reference('of', 'Part'), required: true }] },
]
const resourceTypes = [
  { name: 'Device', endpoint: '/Devices', schema: 'urn:device' },
  { name: 'User', endpoint: '/Users', schema: userUrn },
  { name: 'Part', endpoint: '/Parts', schema: 'urn:part' },
]

/** Creates devices on a server with or without users; returns the request and the outcome. */
async function devicesOn(t: Pick<Test, 'teardown'>, usersTaken: boolean) {
  const { url, requests } = await smallServer(t, ({ method, path }) => {
    if (method === 'DELETE') return { status: 204 }
    if (method === 'POST')
      return path === '/Users' && !usersTaken ? { status: 400 } : { status: 201, body: { id: '1' } }
    if (path === '/Schemas') return { body: { Resources: schemas } }
    return { body: path === '/ResourceTypes' ? { Resources: resourceTypes } : {} }
  })
  const creates = (name: string) =>
    check(
      `rfc/made/${name}`,
      async context => {
        const type = context.types.find(one => one.name === name)
        if (type) await context.create(type)
      },
      ['write'],
    )
  const { result } = await runChecks(
    runOptions(url, [creates('Device'), creates('Part')], { concurrency: 1 }),
  )
  return { requests, outcomes: result.outcomes.map(({ verdict, reason }) => [verdict, reason]), result, url }
}

const partOfNothing = 'of of Part refers to Part, which can’t be created: use --with Part=file.json.'

t.test('the resource of a required reference is created first, and removed at the end', async t => {
  const { requests, outcomes, result, url } = await devicesOn(t, true)
  t.same(outcomes, [
    ['passed', undefined],
    ['skipped', partOfNothing],
  ])
  const user = `${url}/Users/1`
  t.same(requests.findLast(({ method, path }) => method === 'POST' && path === '/Devices')?.json, {
    schemas: ['urn:device'],
    owner: user,
    keeper: { value: '1', $ref: user },
  })
  t.equal(requests.findLast(({ method }) => method === 'DELETE')?.path, '/Users/1')
  t.same(result.leftBehind, [])
})

t.test('if it cannot be created, a note explains which option to use', async t => {
  const { requests, outcomes } = await devicesOn(t, false)
  t.same(outcomes, [
    [
      'skipped',
      'owner of Device refers to Unit or User, which can’t be created: use --with Device=file.json.',
    ],
    ['skipped', partOfNothing],
  ])
  t.notOk(requests.some(({ method, path }) => method === 'POST' && path === '/Devices'))
})
