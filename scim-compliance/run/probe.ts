import type { ScimResponse, SupportedAttribute, SupportedType } from '../check.ts'
import { Unreachable } from '../client/reachability.ts'
import { findReferent, type ReferenceTarget, requiredReferences } from '../data/sample-bodies.ts'
import { Failure, isSuccess, Skip } from '../expect.ts'
import { type CreatedResources, resourceId } from './clean-up.ts'
import { describeResponse, isGroups, isUsers, rejectionFrom } from './needs.ts'
import { NothingToGrade, redirectedEndpoint } from './nothing-to-grade.ts'
import type { LeftBehind } from './result.ts'
import { Stopped } from './sending.ts'
import { type CheckSession, createCheckSession, type RunContext } from './stage.ts'

/** Attributes that nearly every client sends, and that servers require without advertising it. */
const commonlyRequired = /^(name|displayname|emails|active)$/i

/**
 * If a server rejects a body with all required attributes: finds by trial what else it requires. Returns it in words,
 * or nothing if nothing helped. `attempt` creates a resource and removes it.
 */
async function findMinimalBody(
  run: RunContext,
  type: SupportedType,
  attempt: () => Promise<ScimResponse>,
): Promise<readonly string[]> {
  const works = async (names: readonly string[]) => {
    run.needed.set(type.name, names)
    return isSuccess(await attempt())
  }
  for (const [kind, names] of candidates(type)) {
    if (kind === 'address') run.addressed.add(type.name)
    else run.addressed.delete(type.name)
    if (!(await works(names))) continue
    let needed = names
    for (const name of names) {
      const fewer = needed.filter(other => other !== name)
      if (await works(fewer)) needed = fewer
    }
    run.needed.set(type.name, needed)
    return [...(kind === 'address' ? ['an email address as userName'] : []), ...needed]
  }
  run.addressed.delete(type.name)
  run.needed.delete(type.name)
  return []
}

type Candidate = readonly [userName: 'any' | 'address', names: readonly string[]]

/** Many servers accept only email addresses as userName, without advertising it. */
function candidates(type: SupportedType): readonly Candidate[] {
  const bodies = candidateBodies(type).filter(names => names.length > 0)
  const as = (kind: Candidate[0]) => bodies.map(names => [kind, names] as const)
  return hasUserName(type) ? [['address', []], ...as('any'), ...as('address')] : as('any')
}

const hasUserName = ({ attributes }: SupportedType): boolean =>
  attributes.some(({ name }) => name.toLowerCase() === 'username')

/** Attributes that may be missing, the most likely first. */
function candidateBodies({ attributes, extensions }: SupportedType): readonly (readonly string[])[] {
  const own = attributes.filter(isOptional).map(({ name }) => name)
  const extended = extensions.flatMap(({ schema, attributes }) =>
    attributes.filter(isOptional).map(({ name }) => `${schema}:${name}`),
  )
  const usual = own.filter(name => commonlyRequired.test(name))
  const all = extended.length > 0 ? [...own, ...extended] : []
  return [usual, own, extended, all]
}

const isOptional = ({ mutability, required }: SupportedAttribute): boolean =>
  mutability.toLowerCase() !== 'readonly' && !required

/**
 * Creates the resources that a type has to refer to, once per run. Returns why that isn't possible. `above` are
 * the types that require these references, and so can't be created first.
 */
async function provideReferenceTargets(
  run: RunContext,
  type: SupportedType,
  kept: CheckSession,
  above: readonly SupportedType[] = [type],
): Promise<string | undefined> {
  for (const { name, referenceTypes } of requiredReferences(type)) {
    if (isGiven(run, type, name)) continue
    if (!(await isProvided(run, referenceTypes, kept, above)))
      return `${name} of ${type.name} refers to ${referenceTypes.join(' or ')}, which can’t be created: use --with ${type.name}=file.json.`
  }
  return undefined
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const isGiven = ({ extras }: RunContext, { name, schema }: SupportedType, attribute: string): boolean =>
  extras.some(
    ({ type, body }) =>
      (same(type, name) || same(type, schema)) && Object.keys(body).some(key => same(key, attribute)),
  )

async function isProvided(
  run: RunContext,
  referenceTypes: readonly string[],
  kept: CheckSession,
  above: readonly SupportedType[],
): Promise<boolean> {
  if (findReferent(run.referents, referenceTypes)) return true
  for (const name of referenceTypes) {
    const target = run.types.find(type => same(type.name, name))
    if (target === undefined || above.includes(target) || run.refused.has(target.name)) continue
    if ((await provideReferenceTargets(run, target, kept, [...above, target])) !== undefined) continue
    const made = await madeOf(target, kept)
    if (made) run.referents.set(target.name.toLowerCase(), made)
    if (made) return true
  }
  return false
}

async function madeOf(type: SupportedType, { context }: CheckSession): Promise<ReferenceTarget | undefined> {
  const response = await context.post(type.endpoint, context.sample(type))
  const id = resourceId(response.body)
  if (!isSuccess(response) || id === undefined) return undefined
  const { location } = response.headers
  const url = location ?? `${context.service.url}${type.endpoint}/${encodeURIComponent(id)}`
  return { id, url, type: type.name }
}

type ProbeResult = {
  readonly notes: readonly string[]
  readonly left: readonly LeftBehind[]
  readonly unreachable?: Unreachable
}

/** `end` removes the resources that required references refer to. */
export type Probe = ProbeResult & { readonly end: CreatedResources['remove'] }

/**
 * Tries once whether resources of each type can be created, so that one cause is reported once and not by every check:
 * missing permissions, or a requirement that the server doesn't advertise.
 */
export async function probePermissions(run: RunContext): Promise<Probe> {
  const notes: string[] = []
  const left: LeftBehind[] = []
  const kept = createCheckSession(run)
  const end = async () => {
    await kept.sender.end()
    return kept.createdResources.remove()
  }
  // Referenced types first, since it must be known how to create them.
  const needsNothing = (type: SupportedType): boolean => requiredReferences(type).length === 0
  for (const type of run.types.toSorted((a, b) => Number(needsNothing(b)) - Number(needsNothing(a)))) {
    const probed = await probe(run, type, kept).catch(async (error: unknown) => {
      await end()
      throw error
    })
    notes.push(...probed.notes)
    left.push(...probed.left)
    if (probed.unreachable) return { notes, left, end, unreachable: probed.unreachable }
  }
  return { notes, left, end }
}

async function probe(run: RunContext, type: SupportedType, kept: CheckSession): Promise<ProbeResult> {
  const { context, createdResources, sender } = createCheckSession(run)
  const left: LeftBehind[] = []
  const attempt = async () => {
    const response = await context.post(type.endpoint, context.sample(type))
    const why = redirectedEndpoint(context.service.url, { path: type.endpoint, response })
    if (why !== undefined) throw new NothingToGrade(why)
    left.push(...(await createdResources.remove()))
    return response
  }
  try {
    const lacking = await provideReferenceTargets(run, type, kept)
    if (lacking !== undefined) run.refused.set(type.name, { reason: lacking, why: 'unasked' })
    return { notes: lacking === undefined ? await notesOn(run, type, attempt) : [lacking], left }
  } catch (error) {
    if (error instanceof Unreachable) return { notes: [], left, unreachable: error }
    // A run that is stopped meanwhile ends as any other. A skip is for a type at the endpoint of one that was refused.
    if (!(error instanceof Failure || error instanceof Skip || error instanceof Stopped)) throw error
    return { notes: [], left }
  } finally {
    await sender.end()
    left.push(...(await createdResources.remove()))
  }
}

async function notesOn(
  run: RunContext,
  type: SupportedType,
  attempt: () => Promise<ScimResponse>,
): Promise<readonly string[]> {
  const first = await attempt()
  // A single error or rate limit is no response to the request itself.
  const response = first.status === 429 || first.status >= 500 ? await attempt() : first
  if (isSuccess(response) && resourceId(response.body) !== undefined) return []
  const wantsMore = response.status === 400 || response.status === 422
  const needed = wantsMore ? await findMinimalBody(run, type, attempt) : []
  const refused = rejectionFrom(type, response)
  if (needed.length === 0) run.refused.set(type.name, refused)
  if (!wantsMore) return isUsers(type) || isGroups(type) || refused.why !== 'unasked' ? [refused.reason] : []
  return [
    `POST ${type.endpoint} with only the attributes that its schemas require returned ${response.status}${describeResponse(response)}. ${
      needed.length > 0
        ? `All test data therefore contains ${needed.join(', ')}.`
        : `If the server requires more, specify it in a file: --with ${type.name}=file.json.`
    }`,
  ]
}
