import type {
  Check,
  CheckContext,
  CreatedResource,
  HttpHeaders,
  Need,
  ProbeName,
  ScimResponse,
  SupportedType,
} from '../check.ts'
import { expectStatus, expectThat, Failure, isInvalid, isSuccess, jsonObject, Skip, skip } from '../expect.ts'
import { isObject, type Json, type JsonObject, patchOpUrn } from '../scim.ts'
import { requireAttributes, textAttributeName } from './steps/attributes.ts'
import {
  type Expected,
  expectStored,
  expectValues,
  Fitting,
  postForCleanup,
  Values,
} from './steps/create-and-read.ts'
import { expectFound } from './steps/lists.ts'
import { isSameState } from './steps/same-state.ts'
import { createTeam, expectMembers } from './steps/users-and-groups.ts'

/** `true`: the attributes that the schemas require. */
type Fixture = true | JsonObject | ((scene: Scene) => JsonObject)

/** What exists before the request, created in this order. */
export type Given = {
  /** Attributes without which the check doesn't apply: of users, or `Group.members`. */
  readonly has?: readonly string[]
  readonly user?: Fixture
  readonly other?: Fixture
  readonly third?: Fixture
  readonly group?: Fixture
  readonly otherGroup?: Fixture
  /** A group and so many users, the first of which are members. */
  readonly team?: readonly [users: number, members: number]
}

type Made = 'user' | 'other' | 'third' | 'group' | 'otherGroup'

export type Scene = { readonly [Name in Made]: CreatedResource } & {
  readonly context: CheckContext
  /** A unique string; the same for the whole check. */
  readonly mark: string
  /** The name of an optional string that is stored, and of a second one. */
  readonly text: string
  readonly text2: string
  /** The users of a team. */
  readonly ids: readonly string[]
}

type Where = { readonly of?: Made | 'users' | 'groups'; readonly headers?: HttpHeaders }

export type Request = Where &
  (
    | { readonly get: string }
    | { readonly filter: string; readonly query?: string }
    /** A sample with these attributes; `raw` is sent as it is. */
    | { readonly post: JsonObject }
    | { readonly raw: Json | string; readonly method?: 'POST' | 'PUT' | 'PATCH'; readonly path?: string }
    /** What was sent with these changes; undefined omits one. */
    | { readonly put: Readonly<Record<string, Json | undefined>> }
    | { readonly patch: JsonObject | readonly JsonObject[] }
    | { readonly remove: true }
  )

export const values = (...wanted: readonly string[]): Values => new Values(wanted)
/** `what` completes “id that is …”. */
export const fitting = (what: string, fits: Fitting['fits']): Fitting => new Fitting(what, fits)

export type Expect = {
  /** Omitted: any success. */
  readonly status?: readonly number[]
  /** The reason in a 400; without `status`, any other status skips the check. */
  readonly scimType?: readonly string[]
  /** By path: `name.givenName`, `emails[type eq "work"].value`; undefined: no value. */
  readonly body?: Expected
  /** The same, in a GET afterwards. */
  readonly stored?: Expected
  /** Whose state a GET shows unchanged, whatever the status. */
  readonly unchanged?: Made
  /** Those that a filter returns, of all that were created. Without `status`, a declined filter skips the check. */
  readonly found?: readonly Made[]
  readonly members?: readonly string[]
  readonly gone?: Made
  /** Where the members above don't suffice; its name is what is expected. */
  readonly holds?: Readonly<
    Record<string, (seen: { readonly response: ScimResponse; readonly body: JsonObject }) => boolean>
  >
}

type Or<Value> = Value | ((scene: Scene) => Value)

export type Form = {
  readonly given?: Given
  readonly request: Or<Request>
  readonly expect: Or<Expect>
  readonly needs?: readonly Need[]
}

const inScene = <Value>(value: Or<Value>, scene: Scene): Value =>
  typeof value === 'function' ? (value as (scene: Scene) => Value)(scene) : value

const order: readonly Made[] = ['user', 'other', 'third', 'group', 'otherGroup']

// Reading `groups` skips the check if the server has none.
const typeFor = (context: CheckContext, of: Where['of'] = 'users'): SupportedType =>
  of === 'groups' || of === 'group' || of === 'otherGroup' ? context.groups : context.users

/** What was created, by its name; a name that isn't given is an error of this tool. */
async function createScene(context: CheckContext, given: Given): Promise<Scene> {
  const made: Partial<Record<Made, CreatedResource>> = {}
  const mark = context.unique()
  const missing = (name: Made): never => {
    throw new Error(`The check gives no ${name}.`)
  }
  let ids: readonly string[] = []
  // The rest of its members are read from what is made below.
  const scene = {
    context,
    mark,
    get text() {
      return textAttributeName(context.users)
    },
    get text2() {
      return textAttributeName(context.users, [textAttributeName(context.users)])
    },
    get ids() {
      return ids
    },
  } as Scene
  for (const name of order) Object.defineProperty(scene, name, { get: () => made[name] ?? missing(name) })
  for (const path of given.has ?? [])
    path.startsWith('Group.')
      ? requireAttributes(context.groups, path.slice('Group.'.length))
      : requireAttributes(context.users, path)
  for (const name of order) {
    const fixture = given[name]
    if (fixture === undefined) continue
    const attributes = fixture === true ? {} : inScene<JsonObject>(fixture, scene)
    made[name] = await context.create(typeFor(context, name), attributes)
  }
  if (given.team) {
    const team = await createTeam(context, ...given.team)
    made.group = team.group
    ids = team.ids
  }
  return scene
}

const targetOf = (scene: Scene, of: Where['of'] = 'user'): CreatedResource =>
  scene[of === 'users' ? 'user' : of === 'groups' ? 'group' : of]

async function sendRequest(scene: Scene, request: Request): Promise<ScimResponse> {
  const { context } = scene
  const { headers = {}, of } = request
  if ('get' in request) return context.get(request.get, headers)
  if ('filter' in request) {
    const path = `${typeFor(context, of).endpoint}?filter=${encodeURIComponent(request.filter)}${request.query ?? ''}`
    return context.get(path, headers)
  }
  if ('post' in request) {
    const type = typeFor(context, of)
    return postForCleanup(context, type, context.sample(type, request.post), headers)
  }
  if ('raw' in request) {
    const { raw: body, method = 'POST' } = request
    const type = typeFor(context, of)
    const path = request.path ?? (method === 'POST' ? type.endpoint : targetOf(scene, of).path)
    const response = await context.send(method, path, { body, headers })
    if (method === 'POST') context.removeAfterwards(type, response)
    return response
  }
  const { path, sent } = targetOf(scene, of)
  if ('put' in request) {
    const body = Object.entries({ ...sent, ...request.put }).filter(
      (one): one is [string, Json] => one[1] !== undefined,
    )
    return context.put(path, Object.fromEntries(body), headers)
  }
  if ('remove' in request) return context.delete(path, headers)
  const Operations = [request.patch].flat()
  return context.send('PATCH', path, { headers, body: { schemas: [patchOpUrn], Operations } })
}

const isWrite = (request: Request): boolean => !('get' in request || 'filter' in request)

const withoutMeta = ({ meta: _, ...body }: JsonObject): JsonObject => body

export async function expectUnchanged(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
  before: ScimResponse,
) {
  const after = await context.get(path)
  const now = after.status === 200 ? withoutMeta(jsonObject(after)) : `status ${after.status}`
  const isUnchanged = isSameState(now, withoutMeta(jsonObject(before)))
  expectThat(isUnchanged, 'the resource unchanged', now, after, 'other')
}

/** Skips unless the status is 400: another check reports that. */
export function expectScimType(response: ScimResponse, scimTypes: readonly string[]): void {
  if (!isInvalid(response)) skip(`The request isn’t rejected with 400 but returns ${response.status}.`)
  const { scimType } = jsonObject(response)
  const isNamed = scimTypes.includes(String(scimType))
  const came = scimType === undefined ? 'missing' : 'other'
  expectThat(isNamed, `scimType ${scimTypes.join(' or ')}`, scimType, response, came)
}

async function perform({ given = {}, ...form }: Form, context: CheckContext): Promise<void> {
  const lack = context.lacks(...(form.needs ?? []))
  if (lack !== undefined) skip(lack)
  const scene = await createScene(context, given)
  const request = inScene(form.request, scene)
  const expected = inScene(form.expect, scene)
  const { found, unchanged, stored, gone, members, holds = {} } = expected
  if (found !== undefined && 'filter' in request) {
    const made = order.filter(
      name => given[name] !== undefined && typeFor(context, name) === typeFor(context, request.of),
    )
    const [wanted, others] = [found, made.filter(name => !found.includes(name))].map(names =>
      names.map(name => scene[name]),
    )
    if (expected.status) expectStatus(await sendRequest(scene, request), ...expected.status)
    return expectFound(context, typeFor(context, request.of), request.filter, wanted ?? [], others)
  }
  const target = unchanged ?? gone
  const before = target && (await context.get(scene[target].path))
  // What can't be read proves nothing when it is gone or unchanged.
  if (before && before.status !== 200)
    skip('A resource that was created can’t be read.', 'rfc/retrieve/by-id')
  const response = await sendRequest(scene, request)
  if (unchanged && before) await expectUnchanged(context, scene[unchanged], before)
  if (expected.status) expectStatus(response, ...expected.status)
  else if (!expected.scimType && !isSuccess(response)) expectStatus(response, 'post' in request ? 201 : 200)
  if (expected.scimType) expectScimType(response, expected.scimType)
  if (expected.body) expectValues(jsonObject(response), expected.body, response)
  const body = isObject(response.body) ? response.body : {}
  for (const [what, isTrue] of Object.entries(holds))
    expectThat(isTrue({ response, body }), what, response.body, response)
  if (members) {
    const group = targetOf(scene, request.of ?? 'group')
    await expectMembers(context, group, scene.ids, members, given.team && scene.ids.slice(0, given.team[1]))
  }
  if (gone) expectStatus(await context.get(scene[gone].path), 404)
  if (stored === undefined) return
  const made =
    'post' in request || ('raw' in request && request.method === undefined)
      ? undefined
      : targetOf(scene, request.of)
  const path =
    made?.path ??
    `${typeFor(context, request.of).endpoint}/${encodeURIComponent(String(jsonObject(response).id))}`
  await expectStored(context, path, stored, isWrite(request) ? made?.body : undefined)
}

type Run = Check['run']

/** By what distinguishes them. */
type Rows = Readonly<Record<string, Form | Run>>

/** One rule over a list: `over(rows, row => form)`. */
export const over = <Row>(
  rows: Readonly<Record<string, Row>>,
  form: (row: Row, label: string) => Form | Run,
): { readonly each: Rows } => ({
  each: Object.fromEntries(Object.entries(rows).map(([label, row]) => [label, form(row, label)])),
})

/** The same for rows that are no more than their label. */
export const overNames = (names: readonly string[], form: (name: string) => Form | Run) =>
  over(Object.fromEntries(names.map(name => [name, name])), form)

export const runOf = (subject: Form | { readonly each: Rows }): Run =>
  'each' in subject ? context => performEach(subject.each, context) : context => perform(subject, context)

/** A rejection did nothing, a success may have, and what a read shows was done. */
const mildnessOf = ({ came }: Failure): number =>
  came === '2xx' ? 1 : came === 'nothing' || came === '3xx' || came === '4xx' || came === '5xx' ? 2 : 0

/** Fails once for all rows that fail, with what the worst of them shows; skips if no row applies. */
async function performEach(rows: Rows, context: CheckContext): Promise<void> {
  const failures: (readonly [label: string, failure: Failure])[] = []
  const skips: Skip[] = []
  for (const [label, row] of Object.entries(rows))
    try {
      await (typeof row === 'function' ? row(context) : perform(row, context))
    } catch (error) {
      if (error instanceof Failure) failures.push([label, error])
      else if (error instanceof Skip) skips.push(error)
      else throw error
    }
  const [[, worst] = []] = failures.toSorted(([, one], [, other]) => mildnessOf(one) - mildnessOf(other))
  if (worst)
    throw new Failure(
      [...new Set(failures.map(([, { expected }]) => expected))].join('; '),
      failures.map(([label, { got }]) => `${label}: ${got}`).join('; '),
      worst.exchange,
      worst.came,
    )
  const [reason] = skips
  if (reason && skips.length === Object.keys(rows).length) throw reason
}

/** Fails exactly if the probe finds that the feature doesn't work, since other checks then follow from this one. */
export const worksByProbe = (name: ProbeName, what: string) => async (context: CheckContext) => {
  const { holds, kind, says, exchange } = await context.probe(name)
  if (holds === undefined) skip('Whether it works can’t be found out.')
  if (!holds) throw new Failure(what, says, exchange, kind === 'rejected' ? '4xx' : 'without effect')
}
