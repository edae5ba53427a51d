import { awsProfile } from './aws/aws.ts'
import { switches as awsSwitches } from './aws/choices.ts'
import { entra } from './entra.ts'
import type { Profile, ProfileName, Switch } from './profile.ts'
import { switches as rfcSwitches } from './rfc/choices.ts'
import { rfcProfile } from './rfc.ts'

type Offer = {
  readonly switches: readonly Switch[]
  readonly profile: (chosen: Readonly<Record<string, string>>) => Profile
}

const offers: Readonly<Record<ProfileName, Offer>> = {
  aws: { switches: awsSwitches, profile: awsProfile },
  entra: { switches: [], profile: () => entra },
  rfc: { switches: rfcSwitches, profile: rfcProfile },
}

export const profileNames = Object.keys(offers) as readonly ProfileName[]

/** The points on which a tenant of this profile may choose. */
export const switchesOf = (name: ProfileName): readonly Switch[] => offers[name].switches

/** What is wrong with a choice of switches, as sentences; empty when nothing is. */
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

const made = new Map<string, Profile>()

/** A profile with some of its switches chosen. The same choice gives the same value. */
export function profileNamed(name: ProfileName, chosen: Readonly<Record<string, string>> = {}): Profile {
  const { switches, profile } = offers[name]
  const key = JSON.stringify([name, ...switches.map(one => chosen[one.id] ?? one.default)])
  const known = made.get(key) ?? profile(chosen)
  made.set(key, known)
  return known
}
