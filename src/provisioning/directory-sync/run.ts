import { isObject, type Json } from '../../scim/json.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import type { Plan } from '../kit/run.ts'
import {
  causeIn,
  causeText,
  type Endpoint,
  encodeQuery,
  isResource,
  patch,
  type Resource,
} from '../kit/scim-request.ts'
import type { TargetRequest, TargetResponse } from '../kit/target.ts'

export type GooglePerson = {
  readonly id: string
  readonly email: string
  readonly givenName: string
  readonly familyName: string
  readonly isActive: boolean
}

export type GoogleGroup = {
  readonly id: string
  readonly name: string
  readonly email: string
  /** Users who are direct members. */
  readonly members: readonly GooglePerson[]
}

export type GoogleSource = {
  readonly people: readonly GooglePerson[]
  readonly groups: readonly GoogleGroup[]
  /** Users whom Google has deleted. */
  readonly deleted: readonly string[]
}

/** What the clients list before they write. */
export type AwsReads = {
  users(): Iterable<Resource>
  groups(): Iterable<Resource>
  members(group: string): readonly string[]
}

export type SyncResult = {
  /** IDs at AWS by IDs of Google. */
  readonly links: ReadonlyMap<string, string>
  /** By ID of Google, why a user or group was refused. */
  readonly refused: ReadonlyMap<string, string>
  /** Why the run ended early: the clients give up after an error. */
  readonly stopped?: string
}

export function toGoogleSource({ users, groups }: SourceDirectory): GoogleSource {
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const people = new Map(
    users
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map(({ objectId: id, accountEnabled: isActive, attributes }) => [
        id,
        {
          ...{ id, isActive, email: text(attributes.userPrincipalName) },
          ...{ givenName: text(attributes.givenName), familyName: text(attributes.surname) },
        },
      ]),
  )
  return {
    people: [...people.values()],
    groups: groups
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map(({ objectId: id, attributes, members }) => ({
        ...{ id, name: text(attributes.displayName), email: text(attributes.mail) },
        members: members.flatMap(member => people.get(member) ?? []),
      })),
    deleted: users
      .filter(({ deletedAt }) => deletedAt !== undefined)
      .map(({ attributes }) => text(attributes.userPrincipalName)),
  }
}

/** Ends a run. `subject` is the ID in Google of what was refused. */
class RunEnded extends Error {
  readonly subject: string | undefined
  constructor(message: string, subject?: string) {
    super(message)
    this.subject = subject
  }
}

type Collected = { readonly links: Map<string, string>; readonly refused: Map<string, string> }

/** Runs the steps until the first one that ends the run. */
export function* untilError(steps: (collected: Collected) => Plan<void>): Plan<SyncResult> {
  const collected: Collected = { links: new Map(), refused: new Map() }
  try {
    yield* steps(collected)
    return collected
  } catch (error) {
    if (!(error instanceof RunEnded)) throw error
    if (error.subject !== undefined) collected.refused.set(error.subject, error.message)
    return { ...collected, stopped: error.message }
  }
}

/** Sends a request whose failure ends the run. */
export function* send(request: TargetRequest, subject?: string): Plan<TargetResponse> {
  return endIfFailed(yield request, subject)
}

export function endIfFailed(response: TargetResponse, subject?: string): TargetResponse {
  const text = failureText(response)
  if (text !== undefined) throw new RunEnded(text, subject)
  return response
}

export function failureText(response: TargetResponse): string | undefined {
  const cause = causeIn(response)
  return cause && causeText(cause)
}

export function* sendForResource(request: TargetRequest, subject: string): Plan<Resource> {
  return resourceIn(yield request, subject)
}

export function resourceIn(response: TargetResponse, subject: string): Resource {
  endIfFailed(response, subject)
  const body = response.kind === 'response' ? response.body : undefined
  if (!isResource(body)) throw new RunEnded('The response has no resource.', subject)
  return body
}

/** The only resource with this value. */
export function* lookUp(endpoint: Endpoint, attribute: string, value: string): Plan<Resource | undefined> {
  const filter = encodeQuery(`${attribute} eq ${JSON.stringify(value)}`)
  const response = yield* send({ method: 'GET', path: `/${endpoint}?filter=${filter}` })
  const list = response.kind === 'response' && isObject(response.body) ? response.body.Resources : undefined
  const [found, another] = Array.isArray(list) ? list.filter(isResource) : []
  return another ? undefined : found
}

/** As `lookUp`, for what has to exist. */
export function* find(
  endpoint: Endpoint,
  attribute: string,
  value: string,
  subject?: string,
): Plan<Resource> {
  const found = yield* lookUp(endpoint, attribute, value)
  if (!found) throw new RunEnded(`There is not exactly one resource with ${attribute} "${value}".`, subject)
  return found
}

export const isConflict = (response: TargetResponse): boolean =>
  response.kind === 'response' && response.status === 409

const membersPerRequest = 100

/** PATCH requests with one operation each. */
export function* changeMembers(
  op: 'add' | 'remove',
  group: string,
  members: readonly string[],
  subject: string,
): Plan<void> {
  for (let at = 0; at < members.length; at += membersPerRequest) {
    const value: Json = members.slice(at, at + membersPerRequest).map(each => ({ value: each }))
    yield* send(patch('Groups', group, [{ op, path: 'members', value }]), subject)
  }
}

type MemberDifferences = {
  readonly group: string
  readonly before: readonly string[]
  readonly wanted: readonly string[]
  /** Others are left. */
  readonly mayRemove?: (member: string) => boolean
}

export function* setMembers(
  { group, before, wanted, mayRemove = () => true }: MemberDifferences,
  subject: string,
): Plan<void> {
  const [present, wantedIds] = [new Set(before), new Set(wanted)]
  const added = [...wantedIds].filter(id => !present.has(id))
  const removed = [...present].filter(id => !wantedIds.has(id) && mayRemove(id))
  yield* changeMembers('add', group, added, subject)
  yield* changeMembers('remove', group, removed, subject)
}

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
