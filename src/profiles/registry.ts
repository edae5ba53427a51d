import { LRUCache } from 'lru-cache'
import { type Declarations, noDeclarations, readDeclarations } from '../scim/declare/declarations.ts'
import type { ResourceType } from '../scim/resource-types.ts'
import { aws } from './aws/profile.ts'
import { resourceTypes } from './base.ts'
import { entra } from './entra/profile.ts'
import { interop } from './interop/profile.ts'
import type { ProfileName } from './names.ts'
import type { Profile, ProfileDefinition, Switch } from './profile.ts'
import { rfc } from './rfc/profile.ts'

const profiles: Readonly<Record<ProfileName, ProfileDefinition>> = { aws, entra, rfc, interop }

export const switchesOf = (name: ProfileName): readonly Switch[] => profiles[name].switches

export const hasFixedTypes = (name: ProfileName): boolean => profiles[name].fixedTypes

/** The types of the RFC and the declared types, whether or not a profile serves them. Throws a DeclarationError. */
export const declaredTypes = (declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, resourceTypes)

export const checkSwitches = (
  name: ProfileName,
  chosen: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.entries(chosen).flatMap(([id, value]) => {
    const found = switchesOf(name).find(one => one.id === id)
    if (!found) return [`The profile "${name}" has no switch "${id}".`]
    return found.values.includes(value)
      ? []
      : [`The switch "${id}" is one of ${found.values.join(', ')}; "${value}" is none of them.`]
  })

/** Declarations change while the server runs, so the cache is limited. */
const cache = new LRUCache<string, Profile>({ max: 100 })

/**
 * A profile with the chosen switches and, unless its types are fixed, the declared types. Equal choices and declarations
 * return the same object. Throws a DeclarationError.
 */
export function loadProfile(
  name: ProfileName,
  chosen: Readonly<Record<string, string>> = {},
  declared: Declarations = noDeclarations,
): Profile {
  const { switches, create, fixedTypes } = profiles[name]
  const inForce = fixedTypes ? noDeclarations : declared
  const key = JSON.stringify([name, ...switches.map(one => chosen[one.id] ?? one.default), inForce])
  const known = cache.get(key)
  if (known !== undefined) return known
  const profile = create(chosen, inForce)
  cache.set(key, profile)
  return profile
}
