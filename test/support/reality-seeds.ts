import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Reality } from '../../src/domain/contract/reality.ts'
import { openMirror, type Switches } from '../../src/insight/reality/mirror.ts'
import { createReality } from '../../src/insight/reality/reality.ts'
import { switchesOf } from '../../src/profiles/registry.ts'
import { awsDirectory } from './aws-directory.ts'
import { groupId, userId } from './aws-export.ts'

/** Why no GET shows a switch of the profile `aws`; the others are shown by one. */
export const notShownByGet: Readonly<Record<string, string>> = {
  putUserStatus: 'The status of a PUT.',
  legacyMembers: 'A PATCH of a group.',
  spaceInUserName: 'A rule of bodies: a filter may have any text.',
  specialCharacters: 'A rule of bodies.',
  lineBreaks: 'A rule of bodies.',
  email: 'A rule of bodies.',
  untypedEmail: 'A PATCH of a user.',
  unsupportedAttributes: 'A rule of bodies: a filter by such an attribute is rejected either way.',
  unknownAttributes: 'A rule of bodies: a filter by such an attribute is rejected either way.',
  putUserId: 'The body of a PUT.',
  activeDefault: 'A POST or PUT without active: AWS exports the status of each user.',
  unknownMembers: 'A PATCH of a group: a member that is not returned is not seen.',
  filteredMemberPath: 'A PATCH of a group.',
  putGroupStatus: 'The status of a PUT.',
  quotaStatus: 'The status of a POST.',
  identityStoreStatus: 'Another API.',
  wrongRegion: 'Another API.',
  deleteMissing: 'Another API.',
  assignmentsOfDeleted: 'Another API.',
  externalIdPath: 'Another API.',
}

const people = [
  ...['homer', 'burns', 'marge', 'lenny', 'moe', 'milhouse', 'lisa'].map(
    name => `${name}@springfield.example`,
  ),
  ...['nell.gray@harbor.example', 'ada.lovelace@example.com', 'grace.hopper@example.com'],
  ...Array.from({ length: 110 }, (_, nth) => `person.nr${nth}@harbor.example`),
]
const groupNames = ['Nuclear Plant', 'Sector 7G', 'School', 'Pilots', 'Test SCIMv2']

const directory = awsDirectory({
  users: Object.fromEntries(
    people.map((name, nth) => [
      name,
      {
        externalId: `00u${nth}`,
        emails: [{ value: name, type: 'work', primary: true }],
        ...(nth % 4 === 0 && { profileUrl: `https://harbor.example/${nth}` }),
      },
    ]),
  ),
  groups: {
    'Nuclear Plant': people.slice(0, 5),
    'Sector 7G': people.slice(0, 2),
    Pilots: people,
    School: [],
    'Test SCIMv2': [],
  },
})

/** The GETs of recorded traffic of Entra, Okta, Google and authentik, with IDs of this directory. */
function recordedPaths(): readonly string[] {
  const linesOf = (file: string) =>
    readFileSync(new URL(`../idp/${file}`, import.meta.url), 'utf8')
      .split('\n')
      .filter(Boolean)
  const requests = ['entra-wire', 'recordings/okta', 'recordings/google', 'recordings/authentik'].flatMap(
    file => linesOf(`${file}.jsonl`).map((line): { method?: string; path: string } => JSON.parse(line)),
  )
  const wire = linesOf('okta-wire.jsonl').flatMap(
    line => /^GET \/scim\/v2(\S+)/.exec(JSON.parse(line).line)?.[1] ?? [],
  )
  return [...requests.filter(({ method }) => method === 'GET').map(({ path }) => path), ...wire].map(path =>
    path
      .replace(/\/Users\/[^/?]+/, `/Users/${userId('marge@springfield.example')}`)
      .replace(/\/Groups\/[^/?]+/, `/Groups/${groupId('Sector 7G')}`),
  )
}

type Sent = { readonly path: string; readonly isThrottled: boolean }

const query = (parameters: Readonly<Record<string, string | undefined>>): string => {
  const set = Object.entries(parameters).filter((one): one is [string, string] => one[1] !== undefined)
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`
}
const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined, freq: 2 })
const inAnyCase = (text: string) => fc.constantFrom(text, text, text.toUpperCase())
const person = fc.constantFrom(...people.slice(0, 20)).chain(inAnyCase)
const member = fc.constantFrom(...people.slice(0, 6), 'gone@springfield.example').map(userId)
const group = fc.constantFrom(...groupNames, 'gone').map(groupId)
const filters = fc.oneof(
  fc
    .tuple(fc.constantFrom('userName', 'userName', 'displayName', 'emails.value', 'nothing', 'title'), person)
    .map(([name, value]) => ['Users', `${name} eq "${value}"`]),
  fc
    .constantFrom(...groupNames, 'Gone')
    .chain(inAnyCase)
    .map(name => ['Groups', `displayName eq "${name}"`]),
  fc
    .tuple(fc.constantFrom('eq', 'EQ', 'co', 'zz'), fc.nat(5))
    .map(([operator, nth]) => ['Users', `externalId ${operator} "00u${nth}"`]),
  fc
    .tuple(group, fc.constantFrom('members eq', 'member eq', 'members.value eq', 'member.value eq'), member)
    .map(([id, is, user]) => ['Groups', `id eq "${id}" and ${is} "${user}"`]),
  fc
    .tuple(
      fc.constantFrom('members eq "$"', 'member eq "$"', 'members.value eq "$"', 'members[value eq "$"]'),
      member,
    )
    .map(([form, user]) => ['Groups', form.replace('$', user)]),
  fc
    .tuple(fc.constantFrom('groups eq "$"', 'groups.value eq "$"', 'groups[value eq "$"]'), group)
    .map(([form, id]) => ['Users', form.replace('$', id)]),
  fc.tuple(member, member).map(([id, manager]) => ['Users', `id eq "${id}" and manager eq "${manager}"`]),
)
const page = fc.record({
  count: maybe(fc.constantFrom('0', '-5', '1', '2', '49', '51', '60', '100', '101', '1000', 'x', '')),
  cursor: maybe(fc.constantFrom('', 'NEXT', 'NEXT', '!')),
  startIndex: maybe(fc.constantFrom('1', '3')),
  attributes: maybe(fc.constantFrom('userName')),
  excludedAttributes: maybe(fc.constantFrom('members')),
})
const onlyCount = fc.record({ count: maybe(fc.constantFrom('1', '50', '100', '0', '1000')) })

/** Paths in which `NEXT` is the cursor of the last page. */
const paths: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(filters, fc.oneof(fc.constant({}), page))
      .map(([[type, filter], more]) => `/${type}${query({ filter, ...more })}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('Users', 'Groups'), fc.oneof(onlyCount, page))
      .map(([type, more]) => `/${type}${query(more)}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('Users', 'Groups'), fc.oneof(member, group), page)
      .map(([type, id, { attributes }]) => `/${type}/${id}${query({ attributes })}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/Schemas',
      '/ResourceTypes',
      '/ResourceTypes/User',
      '/ServiceProviderConfig',
      '/Nothing',
      '/Users/x/y',
      '/',
    ),
  },
)

const traffic = fc.array(fc.record({ path: paths, isThrottled: fc.nat(60).map(nth => nth === 0) }), {
  minLength: 5,
  maxLength: 120,
  size: 'max',
})

const switches = switchesOf('aws')
const vectors: fc.Arbitrary<Switches> = fc.record(
  Object.fromEntries(switches.map(({ id, values }) => [id, fc.constantFrom(...values)])),
)

const at = Date.parse('2026-11-30T08:00:00.120Z')

/** Cursors of the upstream are not those of the prediction. */
const turned = (text: string) => [...text].reverse().join('')

type Response = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

type Seed = { readonly wrong: readonly string[]; readonly reality: Reality }

/** Plays recorded and random GETs against an upstream with random switches, and judges what the search says about them. */
export async function playSeed(seed: number): Promise<Seed> {
  const [drawn] = fc.sample(fc.tuple(vectors, traffic), { seed, numRuns: 1 })
  if (!drawn) throw new Error('Nothing was drawn.')
  const [upstreamSwitches, random] = drawn
  const sent = [...recordedPaths().map(path => ({ path, isThrottled: false })), ...random]
  const upstream = openMirror({ profile: 'aws', directory })
  const reality = createReality({ profile: 'aws', switches: {}, directory })
  try {
    const asked: Sent[] = []
    let next = ''
    for (const { path: written, isThrottled } of sent) {
      const path = written.replace('NEXT', turned(next))
      const own = written.replace('NEXT', next)
      asked.push({ path: own, isThrottled })
      const {
        status,
        headers,
        body = '',
      }: Response = await upstream.answer(
        upstreamSwitches,
        own,
        at,
        isThrottled ? 'Too many requests.' : undefined,
      )
      next = /"nextCursor":"([^"]*)"/.exec(body)?.[1] ?? next
      const shown = body.replace(
        /("nextCursor":")([^"]*)"/,
        (_, start, cursor) => `${start}${turned(cursor)}"`,
      )
      await reality.observe({
        at,
        method: 'GET',
        path,
        response: { status, headers, body: shown, isCut: false },
      })
    }
    const report = reality.report()
    return { reality: report, wrong: await judge(report, upstreamSwitches, asked, upstream) }
  } finally {
    await upstream.close()
    await reality.close()
  }
}

const textOf = ({ status, headers, body = '' }: Response) =>
  JSON.stringify([status, headers, body.replace(/"nextCursor":"[^"]*"/, '"nextCursor"')])

/** What the report says of a switch, compared with whether another value would have led to other responses. */
async function judge(
  report: Reality,
  actual: Switches,
  asked: readonly Sent[],
  upstream: ReturnType<typeof openMirror>,
): Promise<readonly string[]> {
  const answersUnder = async (chosen: Switches) => {
    const texts: string[] = []
    for (const { path, isThrottled } of asked)
      texts.push(
        textOf(await upstream.answer(chosen, path, at, isThrottled ? 'Too many requests.' : undefined)),
      )
    return texts.join('\n')
  }
  const real = await answersUnder(actual)
  const isAlike = async (changed: Switches) => (await answersUnder({ ...actual, ...changed })) === real
  const wrong: string[] = []
  const state = (id: string) => report.switches.find(one => one.id === id)

  // Several switches can be ambiguous only together.
  let combinations: readonly Switches[] = [{}]
  for (const { id, values, state } of report.switches)
    if (state === 'ambiguous')
      combinations = combinations.flatMap(one => values.map(value => ({ ...one, [id]: value })))
  const alike: Switches[] = []
  for (const one of combinations) if (await isAlike(one)) alike.push(one)

  for (const { id, values, default: usual } of switches) {
    const said = state(id)
    const others = values.filter(value => value !== actual[id])
    let isShown = notShownByGet[id] === undefined
    for (const value of isShown ? others : []) if (await isAlike({ [id]: value })) isShown = false
    const expected = isShown ? (actual[id] === usual ? 'confirmed' : 'named') : 'not-exercised'
    const isRight = said?.state === expected && said.seen === (expected === 'named' ? actual[id] : undefined)
    const isOpen = said?.state === 'ambiguous' && new Set(alike.map(one => one[id])).size > 1
    if (!isRight && !isOpen) wrong.push(`${id} is ${actual[id]}, not ${JSON.stringify(said)}.`)
  }
  const isTrue = (one: Switches) => Object.entries({ ...one }).every(([id, value]) => actual[id] === value)
  for (const finding of report.findings)
    if (!finding.explainedBy.some(isTrue)) wrong.push(`No explanation is right: ${JSON.stringify(finding)}.`)
  return wrong
}

/** The switches of which the GETs of some seeds show another value than the default. */
export async function shownByTraffic(): Promise<readonly string[]> {
  const upstream = openMirror({ profile: 'aws', directory })
  const shown = new Set<string>()
  for (const path of [...recordedPaths(), ...fc.sample(paths, { seed: 1, numRuns: 300 })]) {
    const usual = textOf(await upstream.answer({}, path, at))
    for (const { id, values } of switches.filter(one => !shown.has(one.id)))
      for (const value of values)
        if (textOf(await upstream.answer({ [id]: value }, path, at)) !== usual) shown.add(id)
  }
  await upstream.close()
  return [...shown]
}

type ProofOptions = { readonly seeds: number; readonly first: number; readonly print: (line: string) => void }

/** Prints each seed in which the report is wrong. */
export async function proveReality({ seeds, first, print }: ProofOptions): Promise<boolean> {
  let failed = 0
  const states: Record<string, number> = {}
  for (let seed = first; seed < first + seeds; seed++) {
    const { wrong, reality } = await playSeed(seed)
    for (const line of wrong) print(`Seed ${seed}: ${line}`)
    if (wrong.length > 0) failed++
    for (const { state } of reality.switches) states[state] = (states[state] ?? 0) + 1
  }
  print(`${seeds} seeds from ${first}: ${failed} wrong. Switches: ${JSON.stringify(states)}.`)
  return failed === 0
}
