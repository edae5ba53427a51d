import type { Json } from '../json.ts'
import type { Schema } from '../resource-types.ts'
import { fieldsOf } from './fields.ts'
import { most } from './limits.ts'
import type { Note } from './mistakes.ts'
import { mistakeAtTop, mistakeInUrn } from './names.ts'
import { readAttributes } from './read-attribute.ts'

const known = ['schemas', 'id', 'name', 'description', 'attributes', 'meta']

/** Reads a Schema resource (RFC 7643 §7). Its own `schemas` and `meta` are passed over. */
export function readSchema(declared: Json, at: string, note: Note): Schema | undefined {
  const fields = fieldsOf(declared, at, known, note)
  if (!fields) return undefined
  const id = fields.text('id', most.urn)
  const mistake = id === undefined ? 'A schema needs its URN as id.' : mistakeInUrn(id)
  if (mistake) fields.note('id', mistake)
  if (!fields.has('attributes')) fields.note('attributes', 'A schema needs the list of its attributes.')
  const name = fields.text('name', most.name)
  const description = fields.text('description', most.description) ?? ''
  const attributes = readAttributes(
    fields.list('attributes', most.attributes),
    fields.place('attributes'),
    note,
    mistakeAtTop,
  )
  if (id === undefined || mistake) return undefined
  return { id, name: name ?? id.slice(id.lastIndexOf(':') + 1), description, attributes }
}
