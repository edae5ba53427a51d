import {
  type Referent,
  type RequiredReference,
  referentAmong,
  requiredReferences,
} from '../data/references.ts'
import type { TypeAtHand } from '../stage.ts'
import { idIn } from './ownership.ts'
import { isSuccess } from './refused.ts'
import type { Performance, Run } from './stage.ts'

/**
 * Makes what resources of a type have to refer to, once for the whole run. Answers why that can't be had. `above` are
 * the types for whose sake it is asked, which can't be made either before this one.
 */
export async function provideReferents(
  run: Run,
  type: TypeAtHand,
  kept: Performance,
  above: readonly TypeAtHand[] = [type],
): Promise<string | undefined> {
  for (const reference of requiredReferences(type)) {
    if (isGiven(run, type, reference)) continue
    if (!(await isProvided(run, reference, kept, above)))
      return `${reference.name} of ${type.name} refers to ${reference.referenceTypes.join(' or ')}, which can’t be made: give --with ${type.name}=file.json.`
  }
  return undefined
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const isGiven = ({ extras }: Run, { name, schema }: TypeAtHand, reference: RequiredReference): boolean =>
  extras.some(
    ({ type, body }) =>
      (same(type, name) || same(type, schema)) && Object.keys(body).some(key => same(key, reference.name)),
  )

async function isProvided(
  run: Run,
  { referenceTypes }: RequiredReference,
  kept: Performance,
  above: readonly TypeAtHand[],
): Promise<boolean> {
  if (referentAmong(run.referents)(referenceTypes)) return true
  for (const name of referenceTypes) {
    const target = run.types.find(type => same(type.name, name))
    if (target === undefined || above.includes(target) || run.refused.has(target.name)) continue
    if ((await provideReferents(run, target, kept, [...above, target])) !== undefined) continue
    const made = await madeOf(target, kept)
    if (made) run.referents.set(target.name.toLowerCase(), made)
    if (made) return true
  }
  return false
}

async function madeOf(type: TypeAtHand, { stage }: Performance): Promise<Referent | undefined> {
  const answer = await stage.post(type.endpoint, stage.sample(type))
  const id = idIn(answer.body)
  if (!isSuccess(answer) || id === undefined) return undefined
  const { location } = answer.headers
  const url = location ?? `${stage.service.url}${type.endpoint}/${encodeURIComponent(id)}`
  return { id, url, type: type.name }
}
