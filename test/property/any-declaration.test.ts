import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { groupType, userType } from '../../src/scim/core-schemas.ts'
import { breakingChanges } from '../../src/scim/declare/compatibility.ts'
import { readDeclarations } from '../../src/scim/declare/declarations.ts'
import { DeclarationError } from '../../src/scim/declare/fields.ts'
import { listedSchemas, schemaResource } from '../../src/scim/discovery.ts'
import type { ResourceType } from '../../src/scim/resource-types.ts'
import { assertProperty } from '../support/property.ts'
import { anyDeclaration } from '../support/random-declarations.ts'

const read = (declared: unknown) => readDeclarations(declared, [userType, groupType])

function mistakesIn(declared: unknown): readonly string[] {
  try {
    read(declared)
  } catch (error) {
    if (error instanceof DeclarationError) return error.mistakes.map(({ path }) => path)
    throw error
  }
  return []
}

/** JSON with one of its values replaced by another; the numbers select the place. */
function corrupt(json: unknown, way: readonly number[], by: unknown): unknown {
  const [step, ...rest] = way
  if (step === undefined || typeof json !== 'object' || json === null) return by
  const names = Object.keys(json)
  const name = names[step % Math.max(1, names.length)]
  if (name === undefined) return by
  const inner = corrupt((json as Record<string, unknown>)[name], rest, by)
  return Array.isArray(json) ? json.with(Number(name), inner) : { ...json, [name]: inner }
}

const way = fc.array(fc.nat(20), { maxLength: 6 })
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    'complex',
    'writeOnly',
    'never',
    'server',
    'id',
    '__proto__',
    'constructor',
    '/Users',
    'User',
  ),
)

t.test('any declaration is accepted or all its errors are reported', async () => {
  assertProperty(
    fc.property(anyDeclaration, way, anything, (declared, where, by) => {
      mistakesIn(corrupt(declared, where, by))
    }),
    { numRuns: 1500 },
  )
  assertProperty(
    fc.property(fc.jsonValue(), declared => void mistakesIn(declared)),
    { numRuns: 500 },
  )
})

t.test('R-150 a declaration can be read back from /Schemas', async () => {
  const listed = (types: readonly ResourceType[]) =>
    listedSchemas(types)
      .filter(({ id }) => id.startsWith('urn:example'))
      .map(schema => schemaResource(schema, ''))
  assertProperty(
    fc.property(anyDeclaration, declared => {
      const schemas = listed(read(declared))
      assert.deepEqual(listed(read({ ...declared, schemas })), schemas)
      assert.deepEqual(
        breakingChanges(read(declared), read({ ...declared, schemas })),
        [],
        'without breaking changes',
      )
    }),
    { numRuns: 100 },
  )
})
