import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import type { JsonObject } from '../../../scim/json.ts'
import { type Endpoint, encodeQuery, patch } from '../../kit/scim-request.ts'
import type { TargetRequest } from '../../kit/target.ts'

export const pageSize = 100

const search = (endpoint: Endpoint, attribute: string, value: string): TargetRequest => ({
  method: 'GET',
  path: `/${endpoint}?filter=${encodeQuery(printFilter(equals(attribute, value)))}&startIndex=1&count=${pageSize}`,
})

export const lookUpUser = (login: string): TargetRequest => search('Users', 'userName', login)
export const lookUpGroup = (name: string): TargetRequest => search('Groups', 'displayName', name)

export const readPage = (endpoint: Endpoint, startIndex: number, count = pageSize): TargetRequest => ({
  method: 'GET',
  path: `/${endpoint}?startIndex=${startIndex}&count=${count}`,
})

export const setActive = (id: string, active: boolean): TargetRequest =>
  patch('Users', id, [{ op: 'replace', value: { active } }])

export const groupBody = (displayName: string): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  members: [],
})

export const renameGroup = (id: string, displayName: string): TargetRequest =>
  patch('Groups', id, [{ op: 'replace', value: { id, displayName } }])

export type Member = {
  readonly value: string
  readonly display: string
}

export type MemberChange =
  | { readonly op: 'remove'; readonly value: string }
  | { readonly op: 'add'; readonly member: Member }

const memberPath = (id: string) =>
  printFilter({ op: '[]', attrPath: 'members', valFilter: equals('value', id) })

/** Removals first, each in an operation of its own, then one operation with all additions. */
export function changeMembers(id: string, changes: readonly MemberChange[]): TargetRequest {
  const removals = changes.flatMap(change =>
    change.op === 'remove' ? [{ op: 'remove', path: memberPath(change.value) }] : [],
  )
  const added = changes.flatMap(change => (change.op === 'add' ? [change.member] : []))
  return patch('Groups', id, [
    ...removals,
    ...(added.length > 0 ? [{ op: 'add', path: 'members', value: added }] : []),
  ])
}

export const replaceMembers = (id: string, members: readonly Member[]): TargetRequest =>
  patch('Groups', id, [{ op: 'replace', path: 'members', value: members }])
