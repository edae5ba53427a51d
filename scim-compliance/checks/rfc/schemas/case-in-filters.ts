import { resourcesIn } from '../../../expect.ts'
import type { Answer, Stage, TypeAtHand } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { fitting, type Kind } from '../../tools/kinds.ts'
import { list } from '../../tools/lists.ts'
import { expectNone, filled, isFree, isText, type Place, valuesAtPlace } from '../../tools/places.ts'

const canBeSearched = (one: Place): boolean =>
  isText(one.attribute) &&
  one.attribute.canonicalValues.length === 0 &&
  one.attribute.mutability !== 'readOnly' &&
  ['default', 'always'].includes(one.attribute.returned) &&
  (one.above === undefined || one.above.mutability !== 'readOnly') &&
  isFree(one)

/** Whether a filter finds the resource by this text; undefined where the filter is refused. */
async function finds(
  stage: Stage,
  type: TypeAtHand,
  made: Answer,
  path: string,
  text: string,
): Promise<boolean | undefined> {
  const id = at(made.body, 'id')
  const filter = `${path} eq ${JSON.stringify(text)} and id eq ${JSON.stringify(id)}`
  const answer = await list(stage, type, { filter })
  return answer.status === 200 ? resourcesIn(answer).some(one => one.id === id) : undefined
}

/** What is wrong when the text is looked for in capitals; nothing where it isn't found as it is. */
async function caseFault(
  stage: Stage,
  type: TypeAtHand,
  made: Answer,
  place: Place,
): Promise<string | undefined> {
  const { caseExact } = place.attribute
  const [value] = valuesAtPlace(made.body, place)
  if (typeof value !== 'string' || value.toUpperCase() === value) return undefined
  if (!(await finds(stage, type, made, place.path, value))) return undefined
  if ((await finds(stage, type, made, place.path, value.toUpperCase())) !== caseExact) return undefined
  return `${place.path} eq "${value.toUpperCase()}" ${caseExact ? 'finds' : 'doesn’t find'} ${value}`
}

/** Of texts that hold letters: whether a filter with the other case finds the resource. */
export async function searched(stage: Stage, kind: Kind, caseExact: boolean): Promise<void> {
  const what = caseExact ? 'caseExact texts' : 'texts that aren’t caseExact'
  const fits = (one: Place) => canBeSearched(one) && one.attribute.caseExact === caseExact
  for (const { type, places } of fitting(stage, kind, fits, what)) {
    const faults: string[] = []
    for (const { answer: made } of await filled(stage, type))
      for (const place of places) {
        const fault = await caseFault(stage, type, made, place)
        if (fault !== undefined) faults.push(fault)
      }
    expectNone(faults, `filters on ${type.name} to ${caseExact ? 'tell' : 'pass over'} case as advertised`)
  }
}
