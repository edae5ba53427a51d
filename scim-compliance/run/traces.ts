import { isObject } from '../json.ts'
import type { Answer, TypeAtHand } from '../stage.ts'
import type { Posted } from './clean-up.ts'
import { idIn, jsonOf, nameIn, namingAttribute, placeAt } from './ownership.ts'

/** Where something may have been made without anybody's knowing. */
export type Traces = {
  readonly posted: (posted: Posted, answer: Answer | undefined) => void
  /** Types of which something may have been made. */
  readonly types: () => readonly TypeAtHand[]
  /** Names of a type's things of which nobody knows whether they are there, for no useful answer came. */
  readonly uncertain: (type: TypeAtHand) => readonly string[]
}

export function createTraces(all: readonly TypeAtHand[], url: string): Traces {
  const seen = new Set<TypeAtHand>()
  const uncertain = new Map<TypeAtHand, Set<string>>()
  const posted: Traces['posted'] = ({ type, sent }, answer) => {
    // /Bulk makes things of any type.
    const meant = type ? [type] : all.filter(one => namingAttribute(one) !== undefined)
    for (const one of meant) {
      seen.add(one)
      if (tells(answer, all, url)) continue
      const names = uncertain.get(one) ?? new Set()
      names.add(nameIn(jsonOf(sent), one) ?? 'one without a name')
      uncertain.set(one, names)
    }
  }
  return { posted, types: () => [...seen], uncertain: type => [...(uncertain.get(type) ?? [])] }
}

/** Whether an answer says that nothing was made, or what. */
function tells(answer: Answer | undefined, types: readonly TypeAtHand[], url: string): boolean {
  if (answer === undefined || (answer.status >= 500 && ![501, 503].includes(answer.status))) return false
  const isMade = answer.status >= 200 && answer.status < 300
  const { location } = answer.headers
  const isNamed = idIn(answer.body) !== undefined || placeAt(location ?? '', url, types) !== undefined
  return !isMade || isNamed || isBulk(answer)
}

const isBulk = ({ body }: Answer): boolean => isObject(body) && Array.isArray(body.Operations)
