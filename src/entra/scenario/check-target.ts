import type { Target } from '../target.ts'
import { type Check, verdict } from './check.ts'
import { missing } from './holds.ts'
import type { KnownIds } from './known-ids.ts'
import { lookAtMembers, lookFor, type SeeMembers, type Seen } from './look.ts'
import type { Expectation, ExpectedResource } from './scenario.ts'

export type Watch = {
  /** Without the scenario's faults. */
  readonly target: Target
  readonly ids: KnownIds
  /** Ids of the target that may be members of something. */
  readonly candidates: readonly string[]
  readonly seeMembers: SeeMembers | undefined
}

/** Looks at the users and groups that an expectation names. */
export async function checkTarget(watch: Watch, { users, groups }: Expectation): Promise<readonly Check[]> {
  const checks: Check[] = []
  for (const user of users) checks.push(await checkResource(watch, 'Users', user))
  for (const group of groups) {
    checks.push(await checkResource(watch, 'Groups', group))
    if (group.members) checks.push(await checkMembers(watch, group.name, group.members))
  }
  return checks
}

async function checkResource(
  { target, ids }: Watch,
  endpoint: 'Users' | 'Groups',
  { name, attributes }: ExpectedResource,
): Promise<Check> {
  const found = await lookFor(target, endpoint, name)
  if (attributes === 'absent') {
    return verdict(`${name} is not in the target`, found && `it is there, with the id ${found.id}`)
  }
  const what = `${name} is in the target${told(attributes)}`
  return verdict(what, found ? missing(ids.filledJson(attributes), found) : 'it is not there')
}

function told(attributes: object): string {
  const text = Object.entries(attributes).map(([name, value]) => {
    if (name === 'active') return value === true ? 'active' : 'disabled'
    return `${name.split(':').at(-1)} ${typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return text.length > 0 ? `: ${text.join(', ')}` : ''
}

async function checkMembers(watch: Watch, name: string, expected: readonly string[]): Promise<Check> {
  const what = `the members of ${name} are ${expected.length > 0 ? expected.join(', ') : 'none'}`
  const group = await lookFor(watch.target, 'Groups', name)
  if (!group) return verdict(what, 'the group is not in the target')
  const found = await lookAtMembers(watch.target, group, watch.candidates, watch.seeMembers)
  if (!found) {
    return { what, outcome: 'unseen', why: 'the target shows no members; the console of a Scimulator would' }
  }
  const wanted: string[] = []
  for (const each of expected) {
    const member = await memberNamed(watch.target, each)
    if (!member) return verdict(what, `${each} is not in the target`)
    wanted.push(member.id)
  }
  const lacks = wanted.filter(id => !found.includes(id))
  const more = found.filter(id => !wanted.includes(id))
  const why = [
    ...(lacks.length > 0 ? [`not among them: ${lacks.map(id => watch.ids.named(id)).join(', ')}`] : []),
    ...(more.length > 0 ? [`also among them: ${more.map(id => watch.ids.named(id)).join(', ')}`] : []),
  ]
  return verdict(what, why.length > 0 ? why.join('; ') : undefined)
}

const memberNamed = async (target: Target, name: string): Promise<Seen | undefined> =>
  (await lookFor(target, 'Users', name)) ?? (await lookFor(target, 'Groups', name))
