import { isObject, type JsonObject } from '../../scim/json.ts'
import { attributeText, type SourceDirectory } from '../kit/directory/source-directory.ts'
import type { Plan } from '../kit/run.ts'
import {
  causeIn,
  causeText,
  create,
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
  /** Addresses of users whom Google has deleted. */
  readonly deleted: readonly string[]
}

/** What the clients list before they write. */
export type AwsReads = {
  users(): Iterable<Resource>
  groups(): Iterable<Resource>
  members(group: string): readonly string[]
}

export type Synced = {
  /** IDs at AWS by IDs of Google. */
  readonly links: Map<string, string>
  /** By ID of Google, why a user or group was refused. */
  readonly refused: Map<string, string>
}

/** Plans one run of a client, which is complete unless it throws `RunEnded`. */
export type Sync = (aws: AwsReads, synced: Synced) => Plan<void>

const textOf = (attribute: string) => {
  const read = attributeText(attribute)
  return (object: Parameters<typeof read>[0]) => read(object) ?? ''
}
const loginOf = textOf('userPrincipalName')
const givenNameOf = textOf('givenName')
const familyNameOf = textOf('surname')
const nameOf = textOf('displayName')
const mailOf = textOf('mail')

export function toGoogleSource({ users, groups }: SourceDirectory): GoogleSource {
  const isPresent = ({ deletedAt }: { readonly deletedAt?: number }) => deletedAt === undefined
  const people = new Map(
    users.filter(isPresent).map(user => {
      const { objectId: id, accountEnabled: isActive } = user
      const names = { givenName: givenNameOf(user), familyName: familyNameOf(user) }
      return [id, { id, isActive, email: loginOf(user), ...names }]
    }),
  )
  return {
    people: [...people.values()],
    groups: groups.filter(isPresent).map(group => ({
      ...{ id: group.objectId, name: nameOf(group), email: mailOf(group) },
      members: group.members.flatMap(member => people.get(member) ?? []),
    })),
    deleted: users.filter(user => !isPresent(user)).map(loginOf),
  }
}

/** Both clients give up after an error. `subject` is the ID in Google of what was refused. */
export class RunEnded extends Error {
  readonly subject: string | undefined
  constructor(message: string, subject?: string) {
    super(message)
    this.subject = subject
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
    const value = members.slice(at, at + membersPerRequest).map(each => ({ value: each }))
    yield* send(patch('Groups', group, [{ op, path: 'members', value }]), subject)
  }
}

/** `mayRemove` is false for members who are left. */
export function* setMembers(
  group: string,
  [before, wanted]: readonly [before: readonly string[], wanted: readonly string[]],
  subject: string,
  mayRemove: (member: string) => boolean = () => true,
): Plan<void> {
  const [present, wantedIds] = [new Set(before), new Set(wanted)]
  const added = [...wantedIds].filter(id => !present.has(id))
  const removed = [...present].filter(id => !wantedIds.has(id) && mayRemove(id))
  yield* changeMembers('add', group, added, subject)
  yield* changeMembers('remove', group, removed, subject)
}

export const createGroup = (displayName: string, more: JsonObject): TargetRequest =>
  create('Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName, ...more })

export const userBody = (
  { email, givenName, familyName, isActive }: GooglePerson,
  more: JsonObject,
): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: email,
  name: { familyName, givenName },
  displayName: `${givenName} ${familyName}`,
  active: isActive,
  emails: [{ value: email, type: 'work', primary: true }],
  ...more,
})
