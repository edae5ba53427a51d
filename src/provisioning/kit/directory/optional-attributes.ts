import type { Json, JsonObject } from '../../../scim/json.ts'
import { attributeText } from './source-directory.ts'

type Attributes = Parameters<ReturnType<typeof attributeText>>[0]

export type OptionalAttribute<User = Attributes> = {
  readonly source: (user: User) => Json | undefined
  readonly isEnterprise?: true
}

const telephoneNumber = attributeText('telephoneNumber')

export function workPhone(user: Attributes): Json | undefined {
  const value = telephoneNumber(user)
  return value === undefined ? undefined : [{ value, type: 'work' }]
}

export function optionalValues<Name extends string, User>(
  names: readonly Name[],
  attributes: Readonly<Record<Name, OptionalAttribute<User>>>,
  user: User,
): { readonly core: JsonObject; readonly enterprise: JsonObject } {
  const valuesOf = (isEnterprise: boolean) =>
    Object.fromEntries(
      names
        .filter(name => (attributes[name].isEnterprise === true) === isEnterprise)
        .flatMap(name => {
          const value = attributes[name].source(user)
          return value === undefined ? [] : [[name, value]]
        }),
    )
  return { core: valuesOf(false), enterprise: valuesOf(true) }
}
