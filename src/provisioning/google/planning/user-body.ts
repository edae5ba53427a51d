import { isObject, type Json, type JsonObject, jsonEquals } from '../../../scim/json.ts'
import { optionalValues } from '../../kit/directory/optional-attributes.ts'
import { attributeText as text } from '../../kit/directory/source-directory.ts'
import type { App } from '../app.ts'
import type { GoogleUser } from '../directory/google-directory.ts'
import { optionalAttributes } from './attributes.ts'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
/** SCIM 1.0's, which Google sends first (grokability/snipe-it#12642). */
const core1 = 'urn:scim:schemas:core:1.0'

export type MissingValue = { readonly missing: string }

/** A user as it should be in the app, without its ID there: the order up to `active` is captured. */
export function userBody(user: GoogleUser, app: App, active: boolean): JsonObject | MissingValue {
  const givenName = text('givenName')(user)
  const familyName = text('surname')(user)
  if (givenName === undefined) return { missing: 'name.givenName' }
  if (familyName === undefined) return { missing: 'name.familyName' }
  const values = optionalValues(app.attributes, optionalAttributes, user)
  const isExtended = Object.keys(values.enterprise).length > 0
  return {
    schemas: [...(app.schemas === 'both' ? [core1] : []), core, ...(isExtended ? [enterprise] : [])],
    userName: user.primaryEmail,
    emails: [{ value: user.primaryEmail, primary: true, type: 'work' }],
    displayName: text('displayName')(user) ?? `${givenName} ${familyName}`,
    name: { givenName, familyName },
    active,
    ...values.core,
    ...(isExtended && { [enterprise]: values.enterprise }),
  }
}

export const isMissing = (body: JsonObject | MissingValue): body is MissingValue =>
  typeof body.missing === 'string'

export const replacedUser = ({ schemas = [], ...rest }: JsonObject, id: string): JsonObject => ({
  schemas,
  id,
  ...rest,
})

/** The operations of a PATCH: one for each changed attribute, and all of them if it is not known what was sent last. */
export function changesOf(body: JsonObject, sent: JsonObject | undefined): readonly JsonObject[] {
  const before = sent ? valuesByPath(sent) : new Map<string, Json>()
  const after = valuesByPath(body)
  return [
    ...[...after]
      .filter(([path, value]) => !jsonEquals(value, before.get(path)))
      .map(([path, value]) => ({ op: 'replace', path, value })),
    ...[...before.keys()].filter(path => !after.has(path)).map(path => ({ op: 'remove', path })),
  ]
}

function valuesByPath({ schemas: _, ...attributes }: JsonObject): ReadonlyMap<string, Json> {
  const values = new Map<string, Json>()
  for (const [name, value] of Object.entries(attributes)) {
    const separator = name === enterprise ? ':' : '.'
    if (!isObject(value)) values.set(name, value)
    else for (const [part, each] of Object.entries(value)) values.set(`${name}${separator}${part}`, each)
  }
  return values
}
