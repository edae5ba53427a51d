import type { OperationName, Profile, Rule, Rules } from '../../../src/profiles/profile.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { parseFilter } from '../../../src/scim/filter/bind.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { parsePatch } from '../../../src/scim/patch/parse.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

type TypeName = 'User' | 'Group'

/** A part of a request, by the stage at which a rule checks it. */
export type Sample =
  | { readonly at: 'operation'; readonly type: TypeName; readonly operation: OperationName }
  | {
      readonly at: 'body'
      readonly type: TypeName
      readonly operation: 'create' | 'replace'
      readonly body: JsonObject
    }
  | {
      readonly at: 'sentPatch' | 'patch'
      readonly type: TypeName
      readonly operations: readonly JsonObject[]
    }
  | {
      readonly at: 'query'
      readonly type: TypeName
      readonly parameters: Readonly<Record<string, string>>
    }

const typeOf = ({ schema: { resourceTypes } }: Profile, name: TypeName) => {
  const type = typeByName(resourceTypes, name)
  if (!type) throw new Error(`no ${name}`)
  return type
}

const broken = <Subject>(rules: readonly Rule<Subject>[], subject: Subject) =>
  rules.flatMap(({ id, check }) => {
    const violation = check(subject)
    return violation ? [{ id, detail: violation.detail }] : []
  })

/** The rules of AWS that a sample violates at its stage, with their messages. */
export function check(sample: Sample, switches: Readonly<Record<string, string>> = {}) {
  const profile = loadProfile('aws', switches)
  const { rules, requests } = profile
  const { limits } = requests
  const type = typeOf(profile, sample.type)
  switch (sample.at) {
    case 'operation':
      return broken(rules.operation, { operation: sample.operation, type })
    case 'body':
      return broken(rules.body, { operation: sample.operation, type, body: sample.body })
    case 'sentPatch':
      return broken(rules.sentPatch, { type, operations: [], sent: sample.operations })
    case 'patch':
      return broken(rules.patch, {
        type,
        operations: parsePatch(sample.operations, type, requests, limits),
        sent: sample.operations,
      })
    case 'query': {
      const { parameters } = sample
      const filter = parameters.filter && parseFilter(parameters.filter, type, requests, limits)
      return broken(rules.query, { type, parameters, filter: filter || undefined })
    }
  }
}

export const idsIn = (rules: Rules): readonly string[] => [
  ...new Set(
    Object.values(rules).flatMap((list: readonly { readonly id: string }[]) => list.map(({ id }) => id)),
  ),
]

const userBody = {
  userName: 'mira.holt@example.org',
  name: { givenName: 'Mira', familyName: 'Holt' },
  displayName: 'Mira Holt',
  active: true,
  emails: [{ value: 'mira.holt@example.org', type: 'work', primary: true }],
}

export const user = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'User',
  operation: 'create',
  body: { ...userBody, ...changes },
})

export const replacing = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'User',
  operation: 'replace',
  body: { ...userBody, ...changes },
})

export const group = (changes: JsonObject = {}): Sample => ({
  at: 'body',
  type: 'Group',
  operation: 'create',
  body: { displayName: 'Dispatch Leads', ...changes },
})

export const members = (count: number): readonly JsonObject[] =>
  Array.from({ length: count }, (_, at) => ({
    value: `b4f8c4a8-30d1-70e2-9c55-${String(at).padStart(12, '0')}`,
  }))

export const sent = (type: TypeName, ...operations: JsonObject[]): Sample => ({
  at: 'sentPatch',
  type,
  operations,
})
export const patch = (type: TypeName, ...operations: JsonObject[]): Sample => ({
  at: 'patch',
  type,
  operations,
})
export const query = (type: TypeName, parameters: Readonly<Record<string, string>>): Sample => ({
  at: 'query',
  type,
  parameters,
})
export const filtered = (type: TypeName, filter: string): Sample => query(type, { filter })
