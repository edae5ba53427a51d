import { resourcesIn } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
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

/** Of texts that hold letters: whether a filter with the other case finds the resource. */
export async function searched(stage: Stage, kind: Kind, caseExact: boolean): Promise<void> {
  const what = caseExact ? 'caseExact texts' : 'texts that aren’t caseExact'
  const fits = (one: Place) => canBeSearched(one) && one.attribute.caseExact === caseExact
  for (const { type, places } of fitting(stage, kind, fits, what)) {
    const faults: string[] = []
    for (const { answer: made } of await filled(stage, type))
      for (const place of places) {
        const [value] = valuesAtPlace(made.body, place)
        if (typeof value !== 'string' || value.toUpperCase() === value) continue
        const finds = async (text: string): Promise<boolean | undefined> => {
          const filter = `${place.path} eq ${JSON.stringify(text)} and id eq ${JSON.stringify(at(made.body, 'id'))}`
          const answer = await list(stage, type, { filter })
          return answer.status === 200
            ? resourcesIn(answer).some(one => one.id === at(made.body, 'id'))
            : undefined
        }
        if (!(await finds(value))) continue
        if ((await finds(value.toUpperCase())) === caseExact)
          faults.push(
            `${place.path} eq "${value.toUpperCase()}" ${caseExact ? 'finds' : 'doesn’t find'} ${value}`,
          )
      }
    expectNone(faults, `filters on ${type.name} to ${caseExact ? 'tell' : 'pass over'} case as advertised`)
  }
}
