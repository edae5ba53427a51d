import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { oppositesOf } from '../../scim-compliance/checks/contradictions.ts'
import { untestable } from '../../scim-compliance/checks/rfc/untestable.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { userUrn } from '../../scim-compliance/scim.ts'
import { anOutcome, appraised, aResult } from './a-result.ts'
import { check, runOptions, smallServer } from './small-server.ts'

const page = readFileSync(new URL('../../docs/rfc-requirements.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (R-\d{3}) \|/gm)].map(([, id = '']) => id)
const held = new Set(checks.flatMap(({ requirements = [] }) => requirements))
const unseen = new Set(untestable.map(({ id }) => id))

t.test('every requirement has a check, or a reason why it can’t be tested', async t => {
  t.equal(rows.length, 216)
  t.same(
    rows.filter(id => !held.has(id) && !unseen.has(id)),
    [],
  )
})

t.test('requirements with a check aren’t listed as untestable', async t => {
  t.same(
    rows.filter(id => held.has(id) && unseen.has(id)),
    [],
  )
})

t.test('checks and reasons refer to existing requirements', async t => {
  t.same(
    [...held, ...unseen].filter(id => !rows.includes(id)),
    [],
  )
})

t.test('each untestable requirement is listed once, with a reason in a sentence', async t => {
  t.equal(unseen.size, untestable.length)
  t.same(
    untestable.filter(({ reason }) => !/^[A-Z].+\.$/.test(reason)),
    [],
  )
})

t.test('IDs of checks are unique, and consist of suite, area and name', async t => {
  const ids = checks.map(({ id }) => id)
  t.same(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  )
  t.same(
    checks
      .filter(({ id, suite }) => !new RegExp(`^${suite}/[a-z0-9-]+/[a-zA-Z0-9-]+$`).test(id))
      .map(({ id }) => id),
    [],
  )
})

t.test('description, rationale and remedy of a check are sentences', async t => {
  const isSentence = (text: string): boolean => /^\S.{9,}[.!?”")]$/s.test(text)
  t.same(
    checks
      .filter(({ description, rationale, remedy }) => ![description, rationale, remedy].every(isSentence))
      .map(({ id }) => id),
    [],
  )
})

const musts = checks.filter(({ suite, level }) => suite === 'rfc' && level === 'MUST')

t.test('every MUST of an RFC quotes its sentence, with the section', async t => {
  t.same(
    musts.filter(({ sentence }) => sentence === undefined).map(({ id }) => id),
    [],
  )
  t.same(
    musts
      .filter(
        ({ sentence }) =>
          !/\b(MUST|SHALL|REQUIRED)\b/.test(sentence?.text ?? '') ||
          !/^RFC \d{4} §[\d.]+(, table \d)?$/.test(sentence?.section ?? ''),
      )
      .map(({ id }) => id),
    [],
  )
})

t.test('scimType is optional, so a missing one violates no MUST or SHOULD', async t => {
  const named = checks.filter(({ id }) => /^rfc\/.*-named$/.test(id) && id !== 'rfc/errors/unreadable-named')
  t.ok(named.length > 5)
  t.same([...new Set(named.map(({ level }) => level))], ['MAY'])
})

t.test('a requirement that the RFC leaves open or contradicts is not a MUST', async t => {
  const open = [
    'group/of-user',
    'group/members-type',
    'group/members-ref',
    'model/urns-ignore-case',
    'group/name-advertised-required',
    'bulk-references/unknown',
    'forms/refuses-boolean-text',
    'advertised/not-unique',
    'user/name-kept',
    'index-paging/walk',
  ]
  const levels = open.map(id => checks.find(check => check.id === `rfc/${id}`)?.level)
  t.same(
    open.filter((_, at) => levels[at] === undefined || levels[at] === 'MUST' || levels[at] === 'SHOULD'),
    [],
  )
})

t.test('contradicting checks mention each other', async t => {
  const textOf = (id: string) => {
    const { description = '', rationale = '' } = checks.find(check => check.id === id) ?? {}
    return `${description} ${rationale}`
  }
  t.match(textOf('rfc/group/name-twice'), /entra\/groups\/twice-is-409/)
  t.match(textOf('rfc/advertised/not-unique'), /entra\/groups\/twice-is-409/)
  t.match(textOf('rfc/forms/refuses-boolean-text'), /entra\/create\/active-as-false/)
  const contradicted = checks.filter(({ id }) => oppositesOf(id).length > 0)
  t.ok(contradicted.length > 30)
  for (const { id } of contradicted)
    for (const other of oppositesOf(id)) {
      t.ok(textOf(id).includes(other), `${id} names ${other}`)
      t.ok(textOf(other).includes(id), `${other} names ${id}`)
    }
})

t.test('reports show the sentence', async t => {
  const sentence = { section: 'RFC 7644 §3.3', text: 'A "server" SHALL do it.' }
  const appraisal = appraised(
    aResult({ outcomes: [anOutcome('rfc/create/does-it', 'failed', { of: { sentence } })] }),
  )
  const shown = '“A "server" SHALL do it.” (RFC 7644 §3.3)'
  const text = (format: string) =>
    createReport(format, appraisal, { verbose: true })
      .replaceAll('&quot;', '"')
      .replaceAll('\\"', '"')
      .replace(/\s+/g, ' ')
  for (const format of ['terminal', 'html', 'junit', 'sarif']) t.ok(text(format).includes(shown), format)
  t.same(JSON.parse(createReport('json', appraisal)).checks[0].sentence, sentence)
})

const textsOf = ({ description, rationale, remedy, blame = [] }: Check): string =>
  [
    description,
    rationale,
    remedy,
    ...blame.flatMap(one => [one.impact ?? '', one.remedy ?? '', one.predict?.summary ?? '']),
  ].join('\n')

/** Claims about clients that are wrong or unknown. */
const untrue: readonly (readonly [truth: string, claim: RegExp])[] = [
  ['Entra takes 200, 201 and 204 for success', /Entra[^.]*take 201 alone/],
  ['a 409 is EntryConflict and escrow, no link', /link[^.]* after a 409/],
  ['"False" is Entra’s default dialect', /Entra’s older/],
  ['both of Entra’s dialects disable with a path', /Entra ID disable people/],
  [
    'administrators add the flag, and it is unknown whether it is forwarded',
    /Entra adds \?|it reaches the server/,
  ],
  ['Entra doesn’t page in its cycles', /Entra and Okta page/],
  ['Entra filters lists, and not resources', /Entra asks in this way/],
  ['Entra reads before it writes', /each full cycle|next full cycle/],
  ['a user restored in Entra is enabled under the same ID', /restored in Entra/],
  ['AWS is a server; its clients ask', /Entra ID and AWS ask|Entra and AWS refuse/],
  ['Entra omits what is empty, and never sends null today', /Entra[^.]* sends? null/],
  ['a text names the rejected request', /; they are refused/],
]

t.test('no text contains a wrong claim about a client', async t => {
  for (const [truth, claim] of untrue)
    t.same(
      checks.filter(check => claim.test(textsOf(check))).map(({ id }) => id),
      [],
      truth,
    )
})

t.test('only checks of groups mention members of groups', async t => {
  const others = checks.filter(({ id }) => /^rfc\/advertised\/.*-(users|own)$/.test(id))
  t.same(
    others.filter(check => /Entra excludes members/.test(textsOf(check))).map(({ id }) => id),
    [],
  )
})

/** Archaic words, indefinite persons and personified servers. A description states a requirement, subject first. */
const poorWords =
  /\b(mend\w*|spoil\w*|errand|shelf|amidst|whoever|sought|departed|nobody|somebody|everybody|anybody|whom|(is|are) (told|shown|looked (at|for)|put up with)|answers|answered|refuse[sd]?|look-?ups?)\b/i

t.test('texts use the words of the field', async t => {
  const found = checks.filter(check =>
    poorWords.test(textsOf(check).replace(/"[^"]*"|\b(rfc|aws|entra|okta)\/\S+/g, '')),
  )
  t.same(
    found.map(check => `${check.id}: ${poorWords.exec(textsOf(check))?.[0]}`),
    [],
  )
})

t.test('a description states what the server does, in the present tense', async t => {
  const poor = checks.filter(({ description }) => /\b(must|should|shall|will|would)\b/i.test(description))
  t.same(
    poor.map(({ id, description }) => `${id}: ${description}`),
    [],
  )
})

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
